import { resolve } from "node:path";
import type { ScanEvent } from "../contract/contract.ts";
import { STANDARD_OUTPUT } from "../text/paths.ts";
import { ProjectCache } from "./analysis/project/project-cache.ts";
import { calibrateModel } from "./calibrate/calibrate-model.ts";
import { defaultProjectFile } from "./data/default-project.ts";
import { fromSqliteError, openProject } from "./data/project-file.ts";
import { viewProject } from "./data/project-view.ts";
import { makeDemo } from "./demo/demo.ts";
import { writeWhole } from "./files/write-file.ts";
import { exportProject } from "./output/export/export-project.ts";
import { buildReport } from "./output/report/build-report.ts";
import { reportChunks } from "./output/report/report-chunks.ts";
import { summarize } from "./output/report/summarize.ts";
import { applyProcedures } from "./rpc/apply.ts";
import { decisionProcedures } from "./rpc/decisions.ts";
import { EventQueue } from "./rpc/event-queue.ts";
import { os, toRpcError } from "./rpc/implementer.ts";
import { inspectSplitsProcedure } from "./rpc/inspect-splits.ts";
import { keeperProcedures } from "./rpc/keeper.ts";
import { inLargePieces } from "./rpc/large-pieces.ts";
import { pictureProcedures } from "./rpc/pictures.ts";
import { planProcedures } from "./rpc/plan.ts";
import { projectProcedures } from "./rpc/project.ts";
import { RecentProjects } from "./rpc/recent-projects.ts";
import { reviewProcedures } from "./rpc/review.ts";
import { ScanRegistry } from "./rpc/scan-jobs/scan-registry.ts";
import { scanProcedures } from "./rpc/scans.ts";
import { similarProcedures } from "./rpc/similar.ts";
import { openEmbedder } from "./scan/embed/embedder.ts";
import { loadModel } from "./scan/embed/manifest.ts";
import { devices, sampleBatch } from "./scan/embed/providers.ts";
import { PauseGate } from "./scan/pause-gate.ts";
import { type ScanOrder, scan } from "./scan/scan.ts";
import { recognizeSplits } from "./scan/walk/recognize-splits.ts";

export interface EngineOptions {
  /** The program's own folder in the user's data: projects that have no file of their own, and what outlives them. */
  readonly dataFolder: string;
  /** Aborted when the engine is to end: what runs in the background stores what it has and stops. */
  readonly signal?: AbortSignal;
}

/** Makes the engine: the contract's procedures over everything in this folder. Hosts differ only in how they reach it. */
export function createEngine({ dataFolder, signal: ending }: EngineOptions) {
  const recent = new RecentProjects(dataFolder);
  /** What was scanned can be opened by its file all the same. */
  const note = (noting: () => void) => {
    try {
      noting();
    } catch {}
  };
  const noteScanned = ({ project, splits }: ScanOrder, images: number) =>
    note(() => recent.add({ project: resolve(project), splits }, images));
  const scans = new ScanRegistry({
    dataFolder,
    onBegin: (order) => note(() => recent.begin(order)),
    onDone: noteScanned,
    ...(ending && { signal: ending }),
  });
  const projects = new ProjectCache();
  return os.router({
    recognizeSplits: os.recognizeSplits.handler(({ input }) => recognizeSplits(input.root)),

    inspectSplits: inspectSplitsProcedure(),
    scans: scanProcedures(scans),
    pictures: pictureProcedures(projects),
    similar: similarProcedures(projects, ending),

    scan: os.scan.handler(async function* ({ input, signal }) {
      const project = input.project ?? defaultProjectFile(dataFolder, input.splits);
      const order = { ...input, project };
      try {
        const result = yield* streamed(signal, (signal, emit) =>
          scan(order, { dataFolder, signal, emit, gate: new PauseGate() }),
        );
        noteScanned(order, result.images);
        return result;
      } catch (cause) {
        throw toRpcError(fromSqliteError(cause, project));
      }
    }),

    report: os.report.handler(async function* ({ input }) {
      try {
        using project = openProject(input.project);
        const view = viewProject(project, input.modelOutputs);
        const report = await buildReport(view, input);
        for (const [output, target] of Object.entries(input.outputs) as [
          keyof typeof input.outputs,
          string,
        ][]) {
          const chunks = reportChunks(view, report, output);
          if (target !== STANDARD_OUTPUT) await writeWhole(target, chunks);
          else for (const text of inLargePieces(chunks)) yield { output, text };
        }
        return summarize(view, report);
      } catch (cause) {
        throw toRpcError(fromSqliteError(cause, input.project));
      }
    }),

    export: os.export.handler(async ({ input }) => {
      try {
        using project = openProject(input.project);
        return await exportProject(viewProject(project), input);
      } catch (cause) {
        throw toRpcError(fromSqliteError(cause, input.project));
      }
    }),

    calibrate: os.calibrate.handler(async function* ({ input, signal }) {
      try {
        return yield* streamed(signal, (signal, emit) =>
          calibrateModel(input, { dataFolder, signal, emit }),
        );
      } catch (cause) {
        throw toRpcError(cause);
      }
    }),

    demo: os.demo.handler(async ({ input }) => {
      const { splits, images, pairs } = await makeDemo(input.out);
      return {
        splits: Object.entries(splits).map(([name, root]) => ({ name, root })),
        images,
        pairs: pairs.length,
      };
    }),

    devices: os.devices.handler(async () => {
      const model = await loadModel();
      return devices({
        open: (device) => openEmbedder(model, { device, threads: 1 }),
        sample: sampleBatch(model.manifest),
      });
    }),

    project: projectProcedures(projects, recent),
    review: reviewProcedures(projects),
    decisions: decisionProcedures(projects),
    keeper: keeperProcedures(projects),
    apply: applyProcedures(projects),
    plan: planProcedures(projects),
  });
}

/**
 * The events of work that runs until its caller goes away, then its result.
 * @param signal the caller's own
 */
async function* streamed<T>(
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal, emit: (event: ScanEvent) => void) => Promise<T>,
): AsyncGenerator<ScanEvent, T, void> {
  const stop = new AbortController();
  const events = new EventQueue<ScanEvent>();
  const working = work(signal ? AbortSignal.any([signal, stop.signal]) : stop.signal, (event) =>
    events.push(event),
  ).finally(() => events.end());
  // Its failure is thrown by the await below; until then it is nobody's.
  working.catch(() => {});
  try {
    yield* events;
    return await working;
  } finally {
    // The caller has gone away: nobody waits for it any more.
    stop.abort();
    await working.catch(() => {});
  }
}

export type Engine = ReturnType<typeof createEngine>;

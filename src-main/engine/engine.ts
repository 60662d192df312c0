import type { ScanEvent } from "../contract/contract.ts";
import { ProjectCache } from "./analysis/project/project-cache.ts";
import { calibrateModel } from "./calibrate/calibrate-model.ts";
import { openProject } from "./data/project-file.ts";
import { viewProject } from "./data/project-view.ts";
import { makeDemo } from "./demo/demo.ts";
import { exportProject } from "./output/export/export-project.ts";
import { buildReport } from "./output/report/build-report.ts";
import { reportChunks } from "./output/report/report-chunks.ts";
import { summarize } from "./output/report/summarize.ts";
import { decisionProcedures } from "./rpc/decisions.ts";
import { eventStream } from "./rpc/event-stream.ts";
import { os } from "./rpc/implementer.ts";
import { projectProcedures } from "./rpc/project.ts";
import { RecentProjects } from "./rpc/recent-projects.ts";
import { removalProcedures } from "./rpc/removal.ts";
import { reviewProcedures } from "./rpc/review.ts";
import { scanProcedures } from "./rpc/scans.ts";
import { writeOutputs } from "./rpc/write-outputs.ts";
import { openEmbedder } from "./scan/embed/embedder.ts";
import { loadModel } from "./scan/embed/manifest.ts";
import { devices, sampleBatch } from "./scan/embed/providers.ts";

export interface EngineOptions {
  /** The program's own folder in the user's data: projects without a file of their own, and what outlives them. */
  readonly dataFolder: string;
  /** Aborted when the engine ends: background work stores what it has and stops. */
  readonly signal?: AbortSignal;
}

/** Creates the engine: every procedure of the contract. Hosts differ only in how they reach it. */
export function createEngine({ dataFolder, signal: ending }: EngineOptions) {
  const recent = new RecentProjects(dataFolder);
  const projects = new ProjectCache();
  return os.router({
    ...scanProcedures({ dataFolder, recent, signal: ending }),
    ...reviewProcedures(projects, ending),
    ...removalProcedures(projects),
    project: projectProcedures(projects, recent),
    decisions: decisionProcedures(projects),

    report: os.report.handler(async function* ({ input }) {
      using project = openProject(input.project);
      const view = viewProject(project, input.modelOutputs);
      const built = await buildReport(view, input);
      yield* writeOutputs(input.outputs, (output) => reportChunks(view, built, output));
      return summarize(view, built);
    }),

    export: os.export.handler(async ({ input }) => {
      using project = openProject(input.project);
      return await exportProject(viewProject(project), input);
    }),

    calibrate: os.calibrate.handler(({ input, signal }) =>
      eventStream(signal, (emit: (event: ScanEvent) => void, stop) =>
        calibrateModel(input, { dataFolder, signal: stop, emit }),
      ),
    ),

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
  });
}

export type Engine = ReturnType<typeof createEngine>;

import { resolve } from "node:path";
import type { ScanEvent } from "../../contract/contract.ts";
import { defaultProjectFile } from "../data/default-project.ts";
import { fromSqliteError } from "../data/project-file.ts";
import { PauseGate } from "../scan/pause-gate.ts";
import { scan } from "../scan/scan.ts";
import type { ScanOrder } from "../scan/scan-run.ts";
import { recognizeRoot } from "../scan/survey-root.ts";
import { eventStream } from "./event-stream.ts";
import { os } from "./implementer.ts";
import type { RecentProjects } from "./recent-projects.ts";
import { inspectSplits } from "./scan-jobs/inspect-splits.ts";
import { ScanRegistry } from "./scan-jobs/scan-registry.ts";

export interface ScanProcedureOptions {
  /** The program's own folder in the user's data. */
  readonly dataFolder: string;
  readonly recent: RecentProjects;
  /** Aborted when the engine ends. */
  readonly signal: AbortSignal | undefined;
}

/** Handlers for scans and the folders that they read. */
export function scanProcedures({ dataFolder, recent, signal: ending }: ScanProcedureOptions) {
  /** Failing to note a project is not worth an error: it can still be opened by its file. */
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

  return {
    recognizeSplits: os.recognizeSplits.handler(({ input, signal }) =>
      recognizeRoot(input.root, signal),
    ),

    inspectSplits: os.inspectSplits.handler(({ input, signal }) =>
      inspectSplits(input.splits, signal ?? new AbortController().signal),
    ),

    scan: os.scan.handler(async function* ({ input, signal }) {
      const project = input.project ?? defaultProjectFile(dataFolder, input.splits);
      const order = { ...input, project };
      const scanning = (emit: (event: ScanEvent) => void, stop: AbortSignal) =>
        scan(order, { dataFolder, signal: stop, emit, gate: new PauseGate() });
      try {
        const result = yield* eventStream(signal, scanning);
        noteScanned(order, result.images);
        return result;
      } catch (cause) {
        // The request need not name the project.
        throw fromSqliteError(cause, project);
      }
    }),

    scans: {
      start: os.scans.start.handler(({ input }) => scans.start(input)),
      startDemo: os.scans.startDemo.handler(() => scans.startDemo()),
      watch: os.scans.watch.handler(({ signal }) => scans.watch(signal)),
      pause: os.scans.pause.handler(({ input }) => {
        scans.pause(input.project);
        return {};
      }),
      resume: os.scans.resume.handler(({ input }) => {
        scans.resume(input.project);
        return {};
      }),
      cancel: os.scans.cancel.handler(async ({ input }) => {
        await scans.cancel(input.project);
        return {};
      }),
      firstFinds: os.scans.firstFinds.handler(({ input }) => scans.firstFinds(input.project)),
    },
  };
}

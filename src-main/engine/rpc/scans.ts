import { os } from "./implementer.ts";
import type { ScanRegistry } from "./scan-jobs/scan-registry.ts";

/** Procedures over scans that run in the background. */
export function scanProcedures(scans: ScanRegistry) {
  return {
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
  };
}

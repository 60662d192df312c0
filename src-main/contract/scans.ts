import { z } from "zod";
import { ImageId } from "./ids.ts";
import { Fallback, Unreadable } from "./report.ts";
import { ScanRequest } from "./scan-request.ts";

export const SCAN_STATUSES = ["running", "paused", "done", "cancelled", "failed"] as const;

/** The stages of a scan, in order. */
export const STAGES = ["walk", "embed", "neighbors", "evidence"] as const;
export type Stage = (typeof STAGES)[number];

/** A scan that has started. */
export const StartedScan = z.object({
  project: z.string(),
  /** The project's id in URLs; see RecentProject. */
  key: z.string(),
});
export type StartedScan = z.infer<typeof StartedScan>;

/** A scan that runs in the background. */
export const ScanState = z.object({
  project: z.string(),
  key: z.string(),
  name: z.string(),
  splits: z.array(z.object({ name: z.string(), root: z.string() })),
  /** The request, including the project file. Sending it again continues where this scan ended. */
  request: ScanRequest,
  status: z.enum(SCAN_STATUSES),
  /** The finished stages and the current one, in order. */
  stages: z.array(
    z.object({
      stage: z.enum(STAGES),
      done: z.number().int(),
      /** `null` while unknown. */
      total: z.number().int().nullable(),
      /** Not counting pauses. */
      seconds: z.number(),
      /** Recent items per second; `null` until known. */
      rate: z.number().nullable(),
      secondsLeft: z.number().nullable(),
      finished: z.boolean(),
    }),
  ),
  unreadable: z.number().int(),
  /** The most recent files that could not be read, latest last. */
  unreadableLatest: z.array(Unreadable),
  device: z.string().nullable(),
  fallbacks: z.array(Fallback),
  warnings: z.array(z.string()),
  /** What went wrong, in one line that ends with what the user can do. */
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
});
export type ScanState = z.output<typeof ScanState>;

/** A preview of likely duplicates among the images embedded so far, judged only by similarity. */
export const FirstFinds = z.object({
  /** Images compared. */
  images: z.number().int(),
  pairs: z.array(
    z.object({
      a: ImageId,
      b: ImageId,
      splitA: z.string(),
      splitB: z.string(),
      pathA: z.string(),
      pathB: z.string(),
      similarity: z.number(),
    }),
  ),
});
export type FirstFinds = z.infer<typeof FirstFinds>;

import { z } from "zod";
import { ImageId } from "./ids.ts";
import { Fallback, Unreadable } from "./report.ts";
import { ScanRequest } from "./scan-request.ts";

export const SCAN_STATUSES = ["running", "paused", "done", "cancelled", "failed"] as const;

/** In the order in which a scan runs them. */
export const STAGES = ["walk", "embed", "neighbors", "evidence"] as const;
export type Stage = (typeof STAGES)[number];

/** A scan that was let start. */
export const StartedScan = z.object({
  project: z.string(),
  /** As in addresses; see RecentProject. */
  key: z.string(),
});
export type StartedScan = z.infer<typeof StartedScan>;

/** A scan that runs in the background, whether or not somebody looks at it. */
export const ScanState = z.object({
  project: z.string(),
  key: z.string(),
  name: z.string(),
  splits: z.array(z.object({ name: z.string(), root: z.string() })),
  /** What was asked for, with the project's file: the same again goes on where this scan ends. */
  request: ScanRequest,
  status: z.enum(SCAN_STATUSES),
  /** The stages so far and the one under way, in their order. */
  stages: z.array(
    z.object({
      stage: z.enum(STAGES),
      done: z.number().int(),
      /** `null` while unknown. */
      total: z.number().int().nullable(),
      /** Without pauses. */
      seconds: z.number(),
      /** Items per second of late; `null` until known. */
      rate: z.number().nullable(),
      secondsLeft: z.number().nullable(),
      finished: z.boolean(),
    }),
  ),
  unreadable: z.number().int(),
  /** The latest files that could not be read, latest last. */
  unreadableLatest: z.array(Unreadable),
  device: z.string().nullable(),
  fallbacks: z.array(Fallback),
  warnings: z.array(z.string()),
  /** What went wrong, in one line that ends in what the person can do. */
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
});
export type ScanState = z.output<typeof ScanState>;

/** Likely duplicates among what was embedded so far: a first look, judged by similarity alone. */
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

import { z } from "zod";
import { DNIKIT } from "./dnikit.ts";

/** The confidence that `auto` requires. */
export const AUTO_CONFIDENCE = 0.9;

/**
 * When a pair counts as a duplicate.
 * - `auto`, `confidence`: the calibrated probability, in [0, 1], is at least this
 * - `cosine`: the cosine similarity, in [-1, 1], is at least this
 * - `distance`: the Euclidean distance is at most this
 * - `slope`, `percentile`: DNIKit's strategies, which choose a distance from all neighbor distances
 */
export const Threshold = z.discriminatedUnion("strategy", [
  z.object({ strategy: z.literal("auto") }),
  z.object({ strategy: z.literal("confidence"), confidence: z.number().min(0).max(1) }),
  z.object({ strategy: z.literal("cosine"), cosine: z.number().min(-1).max(1) }),
  z.object({ strategy: z.literal("distance"), distance: z.number().min(0) }),
  z.object({
    strategy: z.literal("slope"),
    sensitivity: z.number().int().min(DNIKIT.leastSlopeSensitivity),
  }),
  z.object({ strategy: z.literal("percentile"), percentile: z.number().min(0).max(100) }),
]);
export type Threshold = z.infer<typeof Threshold>;

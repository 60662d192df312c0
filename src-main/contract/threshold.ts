import { z } from "zod";

/** DNIKit's default sensitivity of its slope strategy. */
export const DEFAULT_SLOPE_SENSITIVITY = 5;
/** DNIKit's strategy is not defined below: its window would reach past the middle that it compares with. */
export const LEAST_SLOPE_SENSITIVITY = 3;
/** Probability of being a true duplicate that `auto` asks for. */
export const AUTO_CONFIDENCE = 0.9;

/**
 * How pairs are judged duplicates.
 * - `auto`, `confidence`: calibrated probability in [0, 1], at least
 * - `cosine`: similarity in [-1, 1], at least
 * - `distance`: Euclidean distance, at most
 * - `slope`, `percentile`: DNIKit's strategies, which choose a distance from all neighbor distances
 */
export const Threshold = z.discriminatedUnion("strategy", [
  z.object({ strategy: z.literal("auto") }),
  z.object({ strategy: z.literal("confidence"), confidence: z.number().min(0).max(1) }),
  z.object({ strategy: z.literal("cosine"), cosine: z.number().min(-1).max(1) }),
  z.object({ strategy: z.literal("distance"), distance: z.number().min(0) }),
  z.object({
    strategy: z.literal("slope"),
    sensitivity: z.number().int().min(LEAST_SLOPE_SENSITIVITY),
  }),
  z.object({ strategy: z.literal("percentile"), percentile: z.number().min(0).max(100) }),
]);
export type Threshold = z.infer<typeof Threshold>;

const GRAMMAR = "auto, confidence:P, cosine:S, distance:D, slope[:SENSITIVITY] or percentile:P";

/**
 * Reads a threshold as written on the command line, such as `cosine:0.93` or `slope`.
 * @throws RangeError when the text does not follow the grammar or a number is out of its range.
 */
export function parseThreshold(text: string): Threshold {
  const [strategy, value, ...rest] = text.split(":");
  const refuse = () => new RangeError(`Expected a threshold (${GRAMMAR}) but received "${text}".`);
  if (rest.length > 0 || value === "") throw refuse();
  const number = value === undefined ? undefined : Number(value);
  const candidate =
    strategy === "slope"
      ? { strategy, sensitivity: number ?? DEFAULT_SLOPE_SENSITIVITY }
      : strategy === "auto"
        ? value === undefined && { strategy }
        : { strategy, [strategy ?? ""]: number };
  const parsed = Threshold.safeParse(candidate);
  if (!parsed.success) throw refuse();
  return parsed.data;
}

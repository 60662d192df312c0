import type { Threshold } from "../contract/threshold.ts";
import { percentText, scoreText } from "./figures.ts";

const ONE_PERCENT = 0.01;

/** What a threshold compares. */
export type Measure = "confidence" | "cosine" | "distance";

/** The measure of a threshold. DNIKit's strategies choose a distance; `auto` is a confidence. */
export function thresholdMeasure({ strategy }: Pick<Threshold, "strategy">): Measure {
  if (strategy === "cosine") return "cosine";
  return strategy === "distance" || strategy === "slope" || strategy === "percentile"
    ? "distance"
    : "confidence";
}

/** A pair's figures. `null` where the scan did not measure it. */
export interface MeasuredPair {
  /** Calibrated probability of being duplicates, in [0, 1]. */
  readonly confidence: number | null;
  /** Cosine of the embeddings, in [-1, 1]. */
  readonly similarity: number;
  /** Euclidean distance in the searched space. */
  readonly distance: number;
}

/**
 * A pair's figure in the measure that the threshold uses, labeled: `99.9 % sure`, `cosine 0.987`, `distance 0.123`.
 * @param calibrated whether the confidence is a probability; otherwise it is shown as `score 0.987`
 */
export function measureText(pair: MeasuredPair, measure: Measure, calibrated: boolean): string {
  const { confidence, similarity, distance } = pair;
  if (measure === "distance") return `distance ${distance.toFixed(3)}`;
  if (measure === "cosine" || confidence === null) return `cosine ${scoreText(similarity)}`;
  if (!calibrated) return `score ${scoreText(confidence)}`;
  // More digits of next to nothing say nothing.
  return confidence < ONE_PERCENT ? "under 1\u00a0% sure" : `${percentText(confidence, 1)} sure`;
}

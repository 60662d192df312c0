import type { ReportThreshold } from "../../../contract/report.ts";
import { AUTO_CONFIDENCE, type Threshold } from "../../../contract/threshold.ts";
import type { Pairs } from "../../data/pairs.ts";
import { percentileDistance, slopeDistance } from "./dnikit-distance.ts";

/** A threshold as one comparison of a pair column with a figure, inclusive. */
export interface Comparison {
  readonly column: "confidence" | "similarity" | "distance";
  readonly accept: "at-least" | "at-most";
  readonly figure: number;
  /** The threshold as reports show it. */
  readonly report: ReportThreshold;
}

/**
 * Turns a threshold into one comparison.
 * @param neighborDistances from `sortedNonZero`, for `slope` and `percentile`; other strategies ignore it
 * @throws RangeError when a slope's sensitivity is less than 3, the least that DNIKit allows.
 */
export function resolveThreshold(
  threshold: Threshold,
  neighborDistances: Float64Array,
): Comparison {
  const atLeast = (column: "confidence" | "similarity", figure: number, report: ReportThreshold) =>
    ({ column, accept: "at-least", figure, report }) as const;
  const atMost = (figure: number, report: ReportThreshold) =>
    ({ column: "distance", accept: "at-most", figure, report }) as const;

  switch (threshold.strategy) {
    case "auto":
      return atLeast("confidence", AUTO_CONFIDENCE, { ...threshold, confidence: AUTO_CONFIDENCE });
    case "confidence":
      return atLeast("confidence", threshold.confidence, threshold);
    case "cosine":
      return atLeast("similarity", threshold.cosine, threshold);
    case "distance":
      return atMost(threshold.distance, threshold);
    case "slope": {
      const distance = slopeDistance(neighborDistances, threshold.sensitivity);
      return atMost(distance, { ...threshold, distance });
    }
    case "percentile": {
      const distance = percentileDistance(neighborDistances, threshold.percentile);
      return atMost(distance, { ...threshold, distance });
    }
  }
}

/** @returns one byte per pair, 1 where the comparison accepts it */
export function acceptPairs(pairs: Pairs, { column, accept, figure }: Comparison): Uint8Array {
  const values = pairs[column]; // holds `count` values
  const accepted = new Uint8Array(pairs.count);
  if (accept === "at-least") {
    for (let row = 0; row < accepted.length; row++)
      if ((values[row] as number) >= figure) accepted[row] = 1;
  } else {
    for (let row = 0; row < accepted.length; row++)
      if ((values[row] as number) <= figure) accepted[row] = 1;
  }
  return accepted;
}

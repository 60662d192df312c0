import type { PairColumn, PairHistogram } from "../../../src-main/contract/cut.ts";
import type { ReportThreshold } from "../../../src-main/contract/report.ts";
import type { Threshold } from "../../../src-main/contract/threshold.ts";
import { thresholdMeasure } from "../../../src-main/text/measures.ts";

/** A measure that the threshold slider can set. */
export interface Measure {
  readonly column: PairColumn;
  readonly strategy: "confidence" | "cosine" | "distance";
  readonly name: string;
  readonly description: string;
  /** Which side of the threshold is accepted: pairs at or above it, or at or below it. */
  readonly accepts: "above" | "below";
}

export const MEASURES: readonly Measure[] = [
  {
    column: "confidence",
    strategy: "confidence",
    name: "Confidence",
    description: "Calibrated probability that a pair is a true duplicate",
    accepts: "above",
  },
  {
    column: "similarity",
    strategy: "cosine",
    name: "Similarity",
    description: "Cosine similarity of the model's embeddings",
    accepts: "above",
  },
  {
    column: "distance",
    strategy: "distance",
    name: "Distance",
    description: "Euclidean distance between the model's embeddings",
    accepts: "below",
  },
];

/** Steps of the threshold keys, without and with Shift. */
export const STEP = 0.01;
export const FINE_STEP = 0.001;
const DECIMALS = 4;
/** Exceeds the rounding of a pair's figures. */
const SLACK = 0.0001;

export function measureOf(threshold: Threshold): Measure {
  const wanted = thresholdMeasure(threshold);
  return MEASURES.find(({ strategy }) => strategy === wanted) as Measure; // there is one for each
}

export function thresholdAt({ strategy }: Measure, value: number): Threshold {
  const rounded = Number(value.toFixed(DECIMALS));
  if (strategy === "confidence") {
    return { strategy, confidence: Math.min(1, Math.max(0, rounded)) };
  }
  if (strategy === "cosine") return { strategy, cosine: Math.min(1, Math.max(-1, rounded)) };
  return { strategy, distance: Math.max(0, rounded) };
}

/** The threshold in this measure that just accepts a pair. */
export function thresholdAccepting(
  measure: Measure,
  pair: Readonly<Record<PairColumn, number>>,
): Threshold {
  const slack = measure.accepts === "above" ? -SLACK : SLACK;
  return thresholdAt(measure, pair[measure.column] + slack);
}

/** The value of a threshold; `null` while only the engine knows it. */
export function limitOf(threshold: Threshold, answered: ReportThreshold | null): number | null {
  switch (threshold.strategy) {
    case "confidence":
      return threshold.confidence;
    case "cosine":
      return threshold.cosine;
    case "distance":
      return threshold.distance;
    case "auto":
      return answered?.strategy === "auto" ? (answered.confidence ?? null) : null;
    default:
      return answered?.strategy === threshold.strategy ? (answered.distance ?? null) : null;
  }
}

/** Position of a value along the histogram, in [0, 1]. */
export function shareOf(value: number, { from, to }: Pick<PairHistogram, "from" | "to">): number {
  return to === from ? 0 : Math.min(1, Math.max(0, (value - from) / (to - from)));
}

export function valueAt(share: number, { from, to }: Pick<PairHistogram, "from" | "to">): number {
  return from + Math.min(1, Math.max(0, share)) * (to - from);
}

export interface HistogramBar {
  /** Left edge and width, in percent of the histogram. */
  readonly x: number;
  readonly width: number;
  /** Heights in percent; `across` is stacked on `within`. */
  readonly within: number;
  readonly across: number;
}

/** Smallest height of a bar, in percent: a single pair remains visible. */
const LEAST_HEIGHT = 8;

/** Bars of a histogram. Heights are logarithmic: a few duplicates remain visible next to many other pairs. */
export function barsOf({ within, across }: PairHistogram): HistogramBar[] {
  const totals = within.map((count, i) => count + (across[i] ?? 0));
  const highest = Math.log1p(Math.max(1, ...totals));
  const width = 100 / totals.length;
  return totals.flatMap((total, i) => {
    if (total === 0) return [];
    const height = Math.max(LEAST_HEIGHT, (100 * Math.log1p(total)) / highest);
    const share = (across[i] ?? 0) / total;
    return [{ x: i * width, width, within: height * (1 - share), across: height * share }];
  });
}

/**
 * The value of another measure that accepts about as many pairs.
 * @param limit value of `measure`, whose pairs `histogram` counts
 * @param other histogram of `otherMeasure`
 * @returns an edge of a bin of `other`
 */
export function equivalentLimit(
  histogram: PairHistogram,
  measure: Measure,
  limit: number,
  other: PairHistogram,
  otherMeasure: Measure,
): number {
  const wanted = binsFromSurest(histogram, measure)
    .filter(({ edge }) =>
      measure.accepts === "above" ? edge >= limit - ROUNDING : edge <= limit + ROUNDING,
    )
    .reduce((sum, { count }) => sum + count, 0);
  let accepted = 0;
  for (const { count, edge } of binsFromSurest(other, otherMeasure)) {
    accepted += count;
    if (accepted >= wanted) return edge;
  }
  return otherMeasure.accepts === "above" ? other.from : other.to;
}

/** Allows for edges that are off by a rounding error. */
const ROUNDING = 1e-9;

/** Counts of the bins, surest pairs first, each with the limit that accepts the whole bin. */
function binsFromSurest(
  { from, to, within, across }: PairHistogram,
  { accepts }: Measure,
): { readonly count: number; readonly edge: number }[] {
  const width = (to - from) / within.length;
  const bins = within.map((count, i) => ({
    count: count + (across[i] ?? 0),
    edge: from + (accepts === "above" ? i : i + 1) * width,
  }));
  return accepts === "above" ? bins.toReversed() : bins;
}

import type { PairColumn, PairHistogram } from "../../../src-main/contract/cut.ts";
import type { ReportThreshold } from "../../../src-main/contract/report.ts";
import type { Threshold } from "../../../src-main/contract/threshold.ts";

/** What a hand can move the threshold along. */
export interface Measure {
  readonly column: PairColumn;
  readonly strategy: "confidence" | "cosine" | "distance";
  readonly name: string;
  readonly says: string;
  /** Distance is the other way round: pairs are accepted up to it. */
  readonly accepts: "above" | "below";
}

export const MEASURES: readonly Measure[] = [
  {
    column: "confidence",
    strategy: "confidence",
    name: "Confidence",
    says: "Calibrated probability that a pair is a true duplicate",
    accepts: "above",
  },
  {
    column: "similarity",
    strategy: "cosine",
    name: "Similarity",
    says: "Cosine similarity of the model's embeddings",
    accepts: "above",
  },
  {
    column: "distance",
    strategy: "distance",
    name: "Distance",
    says: "Euclidean distance of the model's embeddings",
    accepts: "below",
  },
];

const [CONFIDENCE, SIMILARITY, DISTANCE] = MEASURES as [Measure, Measure, Measure];

/** What one press of the threshold keys moves it by, and with Shift. */
export const STEP = 0.01;
export const FINE_STEP = 0.001;
const DECIMALS = 4;

/** What a threshold is measured in; DNIKit's strategies choose a distance. */
export function measureOf({ strategy }: Threshold): Measure {
  if (strategy === "cosine") return SIMILARITY;
  return strategy === "distance" || strategy === "slope" || strategy === "percentile"
    ? DISTANCE
    : CONFIDENCE;
}

export function thresholdAt({ strategy }: Measure, value: number): Threshold {
  const rounded = Number(value.toFixed(DECIMALS));
  if (strategy === "confidence") {
    return { strategy, confidence: Math.min(1, Math.max(0, rounded)) };
  }
  if (strategy === "cosine") return { strategy, cosine: Math.min(1, Math.max(-1, rounded)) };
  return { strategy, distance: Math.max(0, rounded) };
}

/** The figure that a threshold stands for; `null` where only the engine knows and has not said. */
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

/** Where a value lies along a histogram, in [0, 1]. */
export function shareOf(value: number, { from, to }: Pick<PairHistogram, "from" | "to">): number {
  return to === from ? 0 : Math.min(1, Math.max(0, (value - from) / (to - from)));
}

export function valueAt(share: number, { from, to }: Pick<PairHistogram, "from" | "to">): number {
  return from + Math.min(1, Math.max(0, share)) * (to - from);
}

export interface Bar {
  /** Left side and width, in percent of the histogram. */
  readonly x: number;
  readonly width: number;
  /** Heights in percent; `across` stands on `within`. */
  readonly within: number;
  readonly across: number;
}

/** Height in percent of a bar that stands for a single pair. */
const LEAST_HEIGHT = 8;

/** Bars of a histogram. Heights go with the logarithm of the counts, so that a few duplicates show beside all that is none. */
export function barsOf({ within, across }: PairHistogram): Bar[] {
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

import type { ReportThreshold } from "../contract/report.ts";
import { limitText } from "./figures.ts";

/** The figure that pairs were judged by: `confidence 0.90`, `cosine similarity 0.93`, `distance 0.20`. */
export function thresholdText(threshold: ReportThreshold): string {
  const { confidence, cosine, distance, strategy, sensitivity, percentile } = threshold;
  if (confidence !== undefined) return `confidence ${limitText(confidence)}`;
  if (cosine !== undefined) return `cosine similarity ${limitText(cosine)}`;
  const chosen =
    strategy === "slope"
      ? ` (slope${sensitivity === undefined ? "" : `, sensitivity ${sensitivity}`})`
      : strategy === "percentile"
        ? ` (percentile${percentile === undefined ? "" : ` ${percentile}`})`
        : "";
  return distance === undefined ? strategy : `distance ${limitText(distance)}${chosen}`;
}

/** The rule that pairs were judged by, in plain words; a full sentence. */
export function thresholdSentence(threshold: ReportThreshold): string {
  const { confidence, cosine, distance, strategy } = threshold;
  if (confidence !== undefined) {
    return `Two images count as duplicates when the estimated probability that they are is at least ${limitText(confidence)}.`;
  }
  if (cosine !== undefined) {
    return `Two images count as duplicates when the cosine similarity of their embeddings is at least ${limitText(cosine)}.`;
  }
  if (distance === undefined) return `Pairs were judged by the strategy "${strategy}".`;
  const origin =
    strategy === "distance"
      ? ""
      : ` The strategy “${strategy}” chose that figure from all distances between neighbors.`;
  return `Two images count as duplicates when their embeddings are at most ${limitText(distance)} apart (Euclidean distance).${origin}`;
}

import { DNIKIT } from "../contract/dnikit.ts";
import type { ReportThreshold } from "../contract/report.ts";
import { Threshold } from "../contract/threshold.ts";
import { limitText } from "./figures.ts";

const GRAMMAR = "auto, confidence:P, cosine:S, distance:D, slope[:SENSITIVITY] or percentile:P";

/**
 * Parses a threshold as written on the command line, such as `cosine:0.93` or `slope`.
 * @throws RangeError if the text does not follow the grammar or a number is out of range
 */
export function parseThreshold(text: string): Threshold {
  const [strategy, value, ...rest] = text.split(":");
  const refuse = () => new RangeError(`Expected a threshold (${GRAMMAR}) but received "${text}".`);
  if (rest.length > 0 || value === "") throw refuse();
  const number = value === undefined ? undefined : Number(value);
  const candidate =
    strategy === "slope"
      ? { strategy, sensitivity: number ?? DNIKIT.slopeSensitivity }
      : strategy === "auto"
        ? value === undefined && { strategy }
        : { strategy, [strategy ?? ""]: number };
  const parsed = Threshold.safeParse(candidate);
  if (!parsed.success) throw refuse();
  return parsed.data;
}

/** The inverse of {@link parseThreshold}: the threshold as the command line and the page's address write it. */
export function thresholdArgument(threshold: Threshold): string {
  switch (threshold.strategy) {
    case "auto":
      return "auto";
    case "confidence":
      return `confidence:${threshold.confidence}`;
    case "cosine":
      return `cosine:${threshold.cosine}`;
    case "distance":
      return `distance:${threshold.distance}`;
    case "slope":
      return `slope:${threshold.sensitivity}`;
    case "percentile":
      return `percentile:${threshold.percentile}`;
  }
}

/** A threshold for people: `confidence 0.90`, `cosine similarity 0.93`, `distance 0.20 (slope, sensitivity 5)`. */
export function formatThreshold(threshold: ReportThreshold): string {
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

/** What the threshold means, as a sentence or two. */
export function thresholdSentence(threshold: ReportThreshold): string {
  const { confidence, cosine, distance, strategy } = threshold;
  if (confidence !== undefined) {
    return `Two images count as duplicates if their estimated probability of being duplicates is at least ${limitText(confidence)}.`;
  }
  if (cosine !== undefined) {
    return `Two images count as duplicates if the cosine similarity of their embeddings is at least ${limitText(cosine)}.`;
  }
  if (distance === undefined) return `Duplicates were chosen by the strategy “${strategy}”.`;
  const origin =
    strategy === "distance"
      ? ""
      : ` The strategy “${strategy}” chose this distance from all distances between neighbors.`;
  return `Two images count as duplicates if the Euclidean distance of their embeddings is at most ${limitText(distance)}.${origin}`;
}

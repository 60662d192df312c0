import type { EvidenceKind } from "../../../contract/evidence-kind.ts";
import type { Calibration } from "../../../contract/model-manifest.ts";

/** Ranks of the neighbors whose mean similarity is an image's density; the nearest few may be its own copies. */
export const FIRST_DENSITY_RANK = 5;
export const LAST_DENSITY_RANK = 20;
const DENSITY_RANKS = LAST_DENSITY_RANK - FIRST_DENSITY_RANK + 1;

/**
 * How crowded it is around an image: the mean cosine of its 5th to 20th nearest neighbors. White cars and blue skies lie dense, odd
 * photos sparse; the same similarity means less among the former. This is the score normalization of the copy-detection
 * literature (Douze et al., "The 2021 Image Similarity Dataset and Challenge", 2021; Pizzi et al., SSCD, 2022).
 * @param similarities of the nearest other images, nearest first; those that are missing up to the 20th count as `typical`.
 */
export function localDensity(similarities: readonly number[], typical: number): number {
  let sum = 0;
  for (let rank = FIRST_DENSITY_RANK; rank <= LAST_DENSITY_RANK; rank++) {
    sum += similarities[rank - 1] ?? typical;
  }
  return sum / DENSITY_RANKS;
}

export interface PairFigures {
  /** Cosine of the embeddings. */
  readonly similarity: number;
  /** Density around the two images, as cosine. */
  readonly densityA: number;
  readonly densityB: number;
  readonly kind: EvidenceKind;
  /** How well the pixels agree, in [0, 1]. */
  readonly score: number;
}

/** Kinds that leave nothing to estimate. */
const CERTAIN: ReadonlySet<EvidenceKind> = new Set(["same-bytes", "same-pixels"]);

/** Probability in [0, 1] that a pair is a true duplicate: logistic regression on its figures; 1 for equal pixels. */
export function pairConfidence(calibration: Calibration, pair: PairFigures): number {
  if (CERTAIN.has(pair.kind)) return 1;
  const logit =
    calibration.bias +
    calibration.nearer * nearness(pair.similarity, pairDensity(pair)) +
    calibration.evidence * pair.score +
    (pair.kind === "similar" ? 0 : calibration.explained);
  return 1 / (1 + Math.exp(-logit));
}

/** The denser of the two neighborhoods: an image among many alike has more strangers as near as this. */
export function pairDensity({
  densityA,
  densityB,
}: Pick<PairFigures, "densityA" | "densityB">): number {
  return Math.max(densityA, densityB);
}

/** Cosine distance below which rounding, JPEG and the like make all the difference. */
const LEAST_DISTANCE = 0.002;

/**
 * How much nearer two images are than those around them, as the log of the ratio of the cosine distances. Among white T-shirts all are
 * near each other; a copy is nearer still by a factor, not by a difference. Lowe, "Distinctive Image Features from
 * Scale-Invariant Keypoints", 2004, judges matches by this ratio.
 */
export function nearness(similarity: number, density: number): number {
  return Math.log((1 - density + LEAST_DISTANCE) / (Math.max(0, 1 - similarity) + LEAST_DISTANCE));
}

/**
 * Used for a model without a calibration of its own: 0.93 sure at cosine 0.9 in a neighborhood of 0.5 with pixels that agree by half and
 * say why, 0.2 where they don't say. A rule of thumb; reports say when it was used.
 */
export const GENERIC_CALIBRATION: Calibration = {
  bias: -5,
  nearer: 1.3,
  evidence: 3,
  explained: 4,
  typicalDensity: 0.5,
};

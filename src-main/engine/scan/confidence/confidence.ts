import type { EvidenceKind } from "../../../contract/evidence-kind.ts";
import type { Calibration } from "../../../contract/model-manifest.ts";

/** Ranks of the neighbors that define an image's density. The nearest few may be copies and are skipped. */
export const FIRST_DENSITY_RANK = 5;
export const LAST_DENSITY_RANK = 20;
const DENSITY_RANKS = LAST_DENSITY_RANK - FIRST_DENSITY_RANK + 1;

/**
 * Density around an image: the mean cosine of its 5th to 20th nearest neighbors. A given similarity means less where
 * images are dense (white cars, blue skies). This is the score normalization used in copy detection (Douze et al., "The
 * 2021 Image Similarity Dataset and Challenge", 2021; Pizzi et al., SSCD, 2022).
 * @param similarities cosines of the nearest other images, nearest first
 * @param typical cosine assumed for neighbors missing up to the 20th
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
  /** Density around the two images, as a cosine. */
  readonly densityA: number;
  readonly densityB: number;
  readonly kind: EvidenceKind;
  /** How well the pixels agree, in [0, 1]. */
  readonly score: number;
}

/** Kinds whose confidence is always 1. */
const CERTAIN: ReadonlySet<EvidenceKind> = new Set(["same-bytes", "same-pixels"]);

/** Probability in [0, 1] that a pair is a true duplicate: logistic regression on its figures, 1 for equal pixels. */
export function pairConfidence(calibration: Calibration, pair: PairFigures): number {
  if (CERTAIN.has(pair.kind)) return 1;
  const logit =
    calibration.bias +
    calibration.nearer * nearness(pair.similarity, pairDensity(pair)) +
    calibration.evidence * pair.score +
    (pair.kind === "similar" ? 0 : calibration.explained);
  return 1 / (1 + Math.exp(-logit));
}

/** The density of the denser neighborhood, where different images are nearer. */
export function pairDensity({
  densityA,
  densityB,
}: Pick<PairFigures, "densityA" | "densityB">): number {
  return Math.max(densityA, densityB);
}

/** Cosine distance below which differences are rounding and JPEG noise. */
const LEAST_DISTANCE = 0.002;

/**
 * How much nearer two images are than their neighborhood: the log of the ratio of the cosine distances. In a dense
 * neighborhood a copy is nearer by a factor, not by a difference. Lowe, "Distinctive Image Features from Scale-Invariant
 * Keypoints", 2004, judges matches by this ratio.
 */
export function nearness(similarity: number, density: number): number {
  return Math.log((1 - density + LEAST_DISTANCE) / (Math.max(0, 1 - similarity) + LEAST_DISTANCE));
}

/**
 * Used for models without a calibration. At cosine 0.9, density 0.5 and score 0.5 the confidence is 0.93 when the
 * evidence explains the match and 0.2 when it does not. A rule of thumb; reports say when it was used.
 */
export const GENERIC_CALIBRATION: Calibration = {
  bias: -5,
  nearer: 1.3,
  evidence: 3,
  explained: 4,
  typicalDensity: 0.5,
};

import { Matrix, solve } from "ml-matrix";
import type { Calibration, FittedThreshold } from "../../contract/model-manifest.ts";
import { AUTO_CONFIDENCE } from "../../contract/threshold.ts";

/** A candidate pair, with the inputs of the regression. */
export interface JudgedPair {
  /** `nearness`, the evidence's score, and 1 if the evidence names a reason, else 0. */
  readonly figures: readonly [nearer: number, score: number, explained: number];
  readonly duplicate: boolean;
}

export interface Judgments {
  readonly pairs: readonly JudgedPair[];
  /** Density around every picture, as a cosine. */
  readonly densities: readonly number[];
}

/** Neighbors of each picture that are judged. */
export const JUDGED_NEIGHBORS = 10;

/**
 * Assumed share of images that have a duplicate; with ten candidates per image, one candidate in 100 is true. A prior:
 * 10 % of CIFAR-100's test images have a copy in train (Barz & Denzler, "Do we train on test data?", 2020).
 */
const PRIOR_SHARE = 0.1;
const PRIOR = PRIOR_SHARE / JUDGED_NEIGHBORS;
/**
 * Weight of the squared coefficients, relative to the total weight of the duplicates. Keeps the coefficients finite for
 * separable data and stable when score and reason are correlated.
 */
const RIDGE = 1e-4;
const MOST_STEPS = 100;
/** Change of the coefficients below which the fit has converged. */
const CONVERGED = 1e-9;
/** A step that makes the fit worse is halved, down to this share. */
const SHORTEST_STEP = 2 ** -20;
/** Bias and one weight per figure. */
const COEFFICIENTS = 4;

/**
 * Fits the probability that a pair is a true duplicate: logistic regression by Newton's method (iteratively reweighted
 * least squares), with duplicates weighted to the prior. Deterministic.
 * @param judgments with at least one duplicate and one stranger
 */
export function fitCalibration({ pairs, densities }: Judgments): Calibration {
  const duplicates = pairs.filter(({ duplicate }) => duplicate).length;
  const weightOfDuplicate = (PRIOR * (pairs.length - duplicates)) / ((1 - PRIOR) * duplicates);
  // Normalized by the duplicates' total weight, which makes the ridge independent of the number of pairs.
  const scale = 1 / (weightOfDuplicate * duplicates);
  const rows = pairs.map(({ figures, duplicate }) => ({
    row: [1, ...figures],
    duplicate,
    weight: (duplicate ? weightOfDuplicate : 1) * scale,
  }));
  const logitOf = (row: readonly number[], coefficients: Matrix) =>
    row.reduce((sum, value, i) => sum + value * coefficients.get(i, 0), 0);
  const lossOf = (coefficients: Matrix) =>
    rows.reduce(
      (sum, { row, duplicate, weight }) => {
        const logit = logitOf(row, coefficients);
        return sum + weight * softplus(duplicate ? -logit : logit);
      },
      (RIDGE / 2) * coefficients.norm() ** 2,
    );
  let coefficients = Matrix.zeros(COEFFICIENTS, 1);
  let loss = lossOf(coefficients);
  for (let step = 0; step < MOST_STEPS; step++) {
    const gradient = Matrix.mul(coefficients, -RIDGE);
    const hessian = Matrix.mul(Matrix.eye(COEFFICIENTS), RIDGE);
    for (const { row, duplicate, weight } of rows) {
      const p = logistic(logitOf(row, coefficients));
      for (let i = 0; i < COEFFICIENTS; i++) {
        const x = row[i] as number; // `row` has a value per coefficient
        gradient.set(i, 0, gradient.get(i, 0) + weight * (Number(duplicate) - p) * x);
        for (let j = 0; j < COEFFICIENTS; j++) {
          hessian.set(i, j, hessian.get(i, j) + weight * p * (1 - p) * x * (row[j] as number));
        }
      }
    }
    const change = solve(hessian, gradient);
    let length = 1;
    let next = Matrix.add(coefficients, change);
    let nextLoss = lossOf(next);
    while (nextLoss > loss && length > SHORTEST_STEP) {
      length /= 2;
      next = Matrix.add(coefficients, Matrix.mul(change, length));
      nextLoss = lossOf(next);
    }
    if (nextLoss > loss) break;
    [coefficients, loss] = [next, nextLoss];
    if (change.norm() < CONVERGED) break;
  }
  const [bias = 0, nearer = 0, evidence = 0, explained = 0] = coefficients
    .to1DArray()
    .map((value) => Number(value.toFixed(4)));
  const typicalDensity = densities.toSorted((a, b) => a - b)[densities.length >> 1] ?? 0;
  const fitted = { bias, nearer, evidence, explained, typicalDensity };
  return { ...fitted, auto: thresholdOn(pairs, fitted, AUTO_CONFIDENCE) };
}

/** Precision and recall of the threshold on the pairs, with the share of duplicates set to the prior. */
function thresholdOn(
  pairs: readonly JudgedPair[],
  calibration: Calibration,
  confidence: number,
): FittedThreshold {
  const { duplicates, found, others, mistaken } = tellApart(pairs, calibration, confidence);
  const recall = found / duplicates;
  const right = PRIOR * recall;
  const precision = found === 0 ? 0 : right / (right + ((1 - PRIOR) * mistaken) / others);
  return { confidence, precision: roundShare(precision), recall: roundShare(recall) };
}

const roundShare = (share: number) => Number(share.toFixed(4));

/** Counts of pairs, and of those that reach a threshold. */
export interface ThresholdCounts {
  readonly duplicates: number;
  /** Duplicates that reach the threshold. */
  readonly found: number;
  readonly others: number;
  /** Strangers that reach the threshold. */
  readonly mistaken: number;
}

/** Counts the pairs that reach a threshold in [0, 1]. */
export function tellApart(
  pairs: readonly JudgedPair[],
  { bias, nearer, evidence, explained }: Calibration,
  threshold: number,
): ThresholdCounts {
  const reaches = ({ figures: [near, score, reason] }: JudgedPair) =>
    logistic(bias + nearer * near + evidence * score + explained * reason) >= threshold;
  const [duplicates, others] = [true, false].map((kind) =>
    pairs.filter(({ duplicate }) => duplicate === kind),
  ) as [JudgedPair[], JudgedPair[]];
  return {
    duplicates: duplicates.length,
    found: duplicates.filter(reaches).length,
    others: others.length,
    mistaken: others.filter(reaches).length,
  };
}

/** `log(1 + exp(value))` without overflow. */
function softplus(value: number): number {
  return Math.max(value, 0) + Math.log1p(Math.exp(-Math.abs(value)));
}

function logistic(value: number): number {
  return 1 / (1 + Math.exp(-value));
}

/** Stabilizes the fit for pictures with little color, in levels squared per cell. */
const RIDGE_PER_CELL = 1;
/** Unexplained color (root mean square, in levels) that halves the agreement. */
const HALF_AGREEMENT_LEVELS = 8;
/**
 * Colors count as changed when their difference (root mean square, in levels) exceeds this many levels plus this multiple
 * of the unexplained color. Encoding and scaling change colors too, but not by one map for the whole picture.
 */
const RECOLORED_LEVELS = 1.5;
const RECOLORED_TO_UNEXPLAINED = 1.5;

/** Y, Cb and Cr of a square grid, interleaved [side, side, 3], in levels. */
export type ColorGrid = Float32Array;

export function newColorGrid(side: number): ColorGrid {
  return new Float32Array(side * side * 3);
}

/** Root mean square difference of two color grids over cells and channels, in levels. */
function colorDifference(p: ColorGrid, q: ColorGrid): number {
  let sum = 0;
  for (let i = 0; i < p.length; i++) {
    const difference = (p[i] as number) - (q[i] as number);
    sum += difference * difference;
  }
  return Math.sqrt(sum / p.length);
}

/** Scratch memory of {@link relateColors}. */
export interface ColorBuffers {
  readonly means: Float64Array;
  readonly centered: Float64Array;
  /** The normal equations of the fit, [3, 6]: products of the centered channels of `from` with those of both grids. */
  readonly equations: Float64Array;
}

export function newColorBuffers(): ColorBuffers {
  return {
    means: new Float64Array(6),
    centered: new Float64Array(6),
    equations: new Float64Array(3 * 6),
  };
}

/**
 * Color of `to` that no affine map of `from` explains, as root mean square in levels: one map for the whole picture,
 * fitted by least squares with Gaussian elimination. Grayscale, brightness, contrast, saturation and hue are (nearly)
 * affine in YCbCr, which leaves little unexplained in a recolored copy and much in a look-alike.
 */
function unexplainedColor(
  { means, centered, equations }: ColorBuffers,
  from: ColorGrid,
  to: ColorGrid,
): number {
  const cells = from.length / 3;
  means.fill(0);
  for (let i = 0; i < from.length; i += 3) {
    for (let channel = 0; channel < 3; channel++) {
      means[channel] = (means[channel] as number) + (from[i + channel] as number) / cells;
      means[3 + channel] = (means[3 + channel] as number) + (to[i + channel] as number) / cells;
    }
  }
  equations.fill(0);
  let unexplained = 0;
  for (let i = 0; i < from.length; i += 3) {
    for (let channel = 0; channel < 3; channel++) {
      const target = (to[i + channel] as number) - (means[3 + channel] as number);
      centered[channel] = (from[i + channel] as number) - (means[channel] as number);
      centered[3 + channel] = target;
      unexplained += target * target;
    }
    for (let row = 0, at = 0; row < 3; row++)
      for (let column = 0; column < 6; column++, at++)
        equations[at] =
          (equations[at] as number) + (centered[row] as number) * (centered[column] as number);
  }
  for (let row = 0; row < 3; row++)
    equations[row * 7] = (equations[row * 7] as number) + RIDGE_PER_CELL * cells;
  for (let row = 0; row < 3; row++) {
    const pivot = equations[row * 7] as number;
    for (let column = 3; column < 6; column++)
      unexplained -= (equations[row * 6 + column] as number) ** 2 / pivot;
    for (let below = row + 1; below < 3; below++) {
      const factor = (equations[below * 6 + row] as number) / pivot;
      for (let column = row; column < 6; column++)
        equations[below * 6 + column] =
          (equations[below * 6 + column] as number) -
          factor * (equations[row * 6 + column] as number);
    }
  }
  return Math.sqrt(Math.max(0, unexplained) / from.length);
}

/** How the colors of two aligned pictures relate. */
export interface ColorRelation {
  /** In (0, 1]: 1 when one affine map explains every cell, 0.5 when `HALF_AGREEMENT_LEVELS` remain unexplained. */
  agreement: number;
  /** Whether the colors differ by such a map. */
  recolored: boolean;
}

/** Compares the colors of two pictures cell by cell. Recoloring a whole picture does not reduce the agreement. */
export function relateColors(
  buffers: ColorBuffers,
  p: ColorGrid,
  q: ColorGrid,
  into: ColorRelation,
): void {
  // A grayscale copy can be computed from the original but not the reverse.
  const unexplained = Math.min(unexplainedColor(buffers, p, q), unexplainedColor(buffers, q, p));
  into.agreement = 1 / (1 + (unexplained / HALF_AGREEMENT_LEVELS) ** 2);
  into.recolored =
    colorDifference(p, q) > RECOLORED_LEVELS + RECOLORED_TO_UNEXPLAINED * unexplained;
}

/** Keeps the fit calm where a picture has next to no color of its own: levels squared a cell. */
const RIDGE_PER_CELL = 1;
/** Unexplained color (root mean square, in levels) at which two pictures count as half in agreement. */
const HALF_AGREEMENT_LEVELS = 8;
/**
 * Colors count as changed when they differ by more than this many levels (root mean square) beyond so many times what
 * stays unexplained: encoders and scaling change colors too, but not by a map of the whole picture.
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

const means = new Float64Array(6);
const centered = new Float64Array(6);
/** The normal equations of the fit, [3, 6]: products of the centered channels of `from` with those of both grids. */
const equations = new Float64Array(3 * 6);

/**
 * How far the colors of `to` are from being those of `from` under one affine map for the whole picture, as root mean
 * square in levels: least squares, solved by Gauss elimination. Grayscale, brightness, contrast, saturation and hue
 * are (nearly) such maps in YCbCr, so a recolored copy leaves little; a look-alike whose parts differ leaves much.
 */
function unexplainedColor(from: ColorGrid, to: ColorGrid): number {
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

/** How the colors of two pictures that lie on each other relate. */
export interface ColorRelation {
  /** In (0, 1]: 1 when one affine map explains every cell, a half when `HALF_AGREEMENT_LEVELS` stay unexplained. */
  agreement: number;
  /** Whether such a map explains much that is not the same as it stands. */
  recolored: boolean;
}

/** Compares the colors of two pictures, cell by cell; a recoloring of the whole picture leaves them in agreement. */
export function relateColors(p: ColorGrid, q: ColorGrid, into: ColorRelation): void {
  // A grayscale copy follows from the original, not the other way round.
  const unexplained = Math.min(unexplainedColor(p, q), unexplainedColor(q, p));
  into.agreement = 1 / (1 + (unexplained / HALF_AGREEMENT_LEVELS) ** 2);
  into.recolored =
    colorDifference(p, q) > RECOLORED_LEVELS + RECOLORED_TO_UNEXPLAINED * unexplained;
}

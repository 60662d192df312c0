import { FINE_SIDE } from "./picture.ts";

/** Cells along each side of a quarter of a picture. */
const QUARTER = FINE_SIDE / 2;
const QUARTER_CELLS = QUARTER * QUARTER;
/**
 * Added to the energy of a quarter's slopes, in levels squared, which keeps motion near zero in flat quarters. Equals
 * slopes of 1.4 levels per cell, about as much as encoder noise.
 */
const FAINT_SLOPES = 512;
/** Inconsistency of the quarters' motion, in cells, at which the result is 0.5. */
const HALF_STEADY = 0.2;

/** Scratch memory of {@link steadiness}. */
export interface ParallaxBuffers {
  /** Horizontal and vertical slopes of the mean of both pictures, gray levels per cell, [32, 32]. */
  readonly slopeX: Float64Array;
  readonly slopeY: Float64Array;
  /** First picture minus the second, after matching its brightness and contrast, [32, 32]. */
  readonly rest: Float64Array;
  /** Motion of each quarter, in cells, right and down: top left, top right, bottom left, bottom right. */
  readonly movedX: Float64Array;
  readonly movedY: Float64Array;
}

export function newParallaxBuffers(): ParallaxBuffers {
  return {
    slopeX: new Float64Array(FINE_SIDE * FINE_SIDE),
    slopeY: new Float64Array(FINE_SIDE * FINE_SIDE),
    rest: new Float64Array(FINE_SIDE * FINE_SIDE),
    movedX: new Float64Array(4),
    movedY: new Float64Array(4),
  };
}

/**
 * Tells one shot from two shots of the same scene. Between two shots the camera moves: near objects shift relative to far
 * ones, the frame becomes a trapezoid, and each quarter of the picture moves differently. In a copy they do not,
 * whatever changed in color, size, frame or sharpness.
 *
 * Estimates each quarter's motion by one step of Lucas and Kanade (1981). A common shift, scale or rotation of all four
 * is ignored, because the alignment may be slightly off and a copy may be rotated.
 * @param p luminance, row-major [32, 32], of the overlap
 * @param q the other picture's luminance, same shape
 * @returns in [0, 1]: 1 for one shot, 0.98 when the quarters' motions differ by 0.075 cells, 0.5 at 0.2
 */
export function steadiness(buffers: ParallaxBuffers, p: Float32Array, q: Float32Array): number {
  const { movedX, movedY } = buffers;
  fillSlopes(buffers, p, q);
  for (let quarter = 0; quarter < 4; quarter++) findMove(buffers, quarter);
  const outOfStep = Math.hypot(twist(movedX), twist(movedY), Math.SQRT2 * shear(movedX, movedY));
  return 1 / (1 + (outOfStep / HALF_STEADY) ** 4);
}

function fillSlopes(
  { slopeX, slopeY, rest }: ParallaxBuffers,
  p: Float32Array,
  q: Float32Array,
): void {
  let sumP = 0;
  let sumQ = 0;
  let squaresP = 0;
  let squaresQ = 0;
  const cells = FINE_SIDE * FINE_SIDE;
  for (let i = 0; i < cells; i++) {
    const a = p[i] as number;
    const b = q[i] as number;
    sumP += a;
    sumQ += b;
    squaresP += a * a;
    squaresQ += b * b;
  }
  const spreadP = Math.max(0, squaresP - (sumP * sumP) / cells);
  const spreadQ = Math.max(0, squaresQ - (sumQ * sumQ) / cells);
  const contrast = spreadQ > 0 ? Math.sqrt(spreadP / spreadQ) : 1;
  const light = (sumP - contrast * sumQ) / cells;
  const mean = (i: number) => ((p[i] as number) + contrast * (q[i] as number) + light) / 2;
  for (let y = 0, at = 0; y < FINE_SIDE; y++) {
    const up = y > 0 ? FINE_SIDE : 0;
    const down = y < FINE_SIDE - 1 ? FINE_SIDE : 0;
    for (let x = 0; x < FINE_SIDE; x++, at++) {
      const left = x > 0 ? 1 : 0;
      const right = x < FINE_SIDE - 1 ? 1 : 0;
      slopeX[at] = (mean(at + right) - mean(at - left)) / (left + right);
      slopeY[at] = ((mean(at + down) - mean(at - up)) * FINE_SIDE) / (up + down);
      rest[at] = (p[at] as number) - contrast * (q[at] as number) - light;
    }
  }
}

/** Estimates one quarter's motion by least squares, ignoring a difference in brightness. */
function findMove(
  { slopeX, slopeY, rest, movedX, movedY }: ParallaxBuffers,
  quarter: number,
): void {
  const start = (quarter >> 1) * QUARTER * FINE_SIDE + (quarter & 1) * QUARTER;
  let sumX = 0;
  let sumY = 0;
  let sumRest = 0;
  let xx = 0;
  let xy = 0;
  let yy = 0;
  let xRest = 0;
  let yRest = 0;
  for (let row = 0; row < QUARTER; row++) {
    const first = start + row * FINE_SIDE;
    for (let at = first; at < first + QUARTER; at++) {
      const x = slopeX[at] as number;
      const y = slopeY[at] as number;
      const r = rest[at] as number;
      sumX += x;
      sumY += y;
      sumRest += r;
      xx += x * x;
      xy += x * y;
      yy += y * y;
      xRest += x * r;
      yRest += y * r;
    }
  }
  xx += FAINT_SLOPES - (sumX * sumX) / QUARTER_CELLS;
  xy -= (sumX * sumY) / QUARTER_CELLS;
  yy += FAINT_SLOPES - (sumY * sumY) / QUARTER_CELLS;
  xRest -= (sumX * sumRest) / QUARTER_CELLS;
  yRest -= (sumY * sumRest) / QUARTER_CELLS;
  const determinant = xx * yy - xy * xy;
  movedX[quarter] = (yy * xRest - xy * yRest) / determinant;
  movedY[quarter] = (xx * yRest - xy * xRest) / determinant;
}

/** Difference in motion between the two diagonals. */
function twist([topLeft = 0, topRight = 0, bottomLeft = 0, bottomRight = 0]: Float64Array): number {
  return (topLeft - topRight - bottomLeft + bottomRight) / 4;
}

/** Shear of the rows plus that of the columns, in which a rotation of the whole cancels out. */
function shear(movedX: Float64Array, movedY: Float64Array): number {
  const [topLeftX = 0, topRightX = 0, bottomLeftX = 0, bottomRightX = 0] = movedX;
  const [topLeftY = 0, topRightY = 0, bottomLeftY = 0, bottomRightY = 0] = movedY;
  const rows = (bottomLeftX + bottomRightX - topLeftX - topRightX) / 4;
  const columns = (topRightY + bottomRightY - topLeftY - bottomLeftY) / 4;
  return (rows + columns) / 2;
}

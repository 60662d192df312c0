import { FINE_SIDE } from "./picture.ts";

/** Cells along each side of a quarter of a picture. */
const QUARTER = FINE_SIDE / 2;
const QUARTER_CELLS = QUARTER * QUARTER;
/**
 * Added to the energy of a quarter's slopes, in levels squared: where next to nothing is to be seen nothing is said to have moved. That of
 * slopes of 1.4 levels a cell, about what an encoder leaves.
 */
const FAINT_SLOPES = 512;
/** Cells by which the quarters of two shots are out of step when half of the agreement is put down to chance. */
const HALF_STEADY = 0.2;

/** Differences of gray levels from cell to cell, [32, 32]: slopes across and down of the mean of both pictures. */
const slopeX = new Float64Array(FINE_SIDE * FINE_SIDE);
const slopeY = new Float64Array(FINE_SIDE * FINE_SIDE);
/** What is left of the first when the second is taken away, its light and contrast made those of the first. */
const rest = new Float64Array(FINE_SIDE * FINE_SIDE);
/** How far each quarter lies off, in cells, to the right and down: top left, top right, bottom left, bottom right. */
const movedX = new Float64Array(4);
const movedY = new Float64Array(4);

/**
 * How surely two pictures that agree are one shot and not two of one scene. A camera never stands in the same place twice: what is near moves
 * against what is far, and the frame turns into a trapezoid. The quarters of the one then lie on those of the other each moved in its own
 * way. A copy's do not, whatever became of its colors, size, frame or sharpness.
 *
 * For each quarter the move that explains best where the two differ (one step of Lucas and Kanade 1981). Moves of all four together, further
 * apart or turned as one are no sign of two shots: the pictures may be laid on each other a little off, and a copy can be turned.
 * @param p luminance, row-major [32, 32], where both lie on each other
 * @param q the other's, of the same shape
 * @returns 1 for one shot down to 0: 0.98 where the quarters are 0.075 cells out of step, 0.5 at 0.2
 */
export function steadiness(p: Float32Array, q: Float32Array): number {
  fillSlopes(p, q);
  for (let quarter = 0; quarter < 4; quarter++) findMove(quarter);
  const outOfStep = Math.hypot(twist(movedX), twist(movedY), Math.SQRT2 * shear());
  return 1 / (1 + (outOfStep / HALF_STEADY) ** 4);
}

function fillSlopes(p: Float32Array, q: Float32Array): void {
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

/** Fills `movedX` and `movedY` for one quarter: least squares, whatever its brightness. */
function findMove(quarter: number): void {
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

/** How far one diagonal's quarters moved another way than the other's. */
function twist([topLeft = 0, topRight = 0, bottomLeft = 0, bottomRight = 0]: Float64Array): number {
  return (topLeft - topRight - bottomLeft + bottomRight) / 4;
}

/** How far the rows moved along each other as the columns did: what of both is not a turn of the whole. */
function shear(): number {
  const [topLeftX = 0, topRightX = 0, bottomLeftX = 0, bottomRightX = 0] = movedX;
  const [topLeftY = 0, topRightY = 0, bottomLeftY = 0, bottomRightY = 0] = movedY;
  const rows = (bottomLeftX + bottomRightX - topLeftX - topRightX) / 4;
  const columns = (topRightY + bottomRightY - topLeftY - bottomLeftY) / 4;
  return (rows + columns) / 2;
}

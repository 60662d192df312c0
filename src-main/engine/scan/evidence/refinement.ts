import type { Placement } from "./alignment.ts";
import { COARSE_SIDE, FINE_SIDE, fineOf, type Picture, smoothOf, TINY_SIDE } from "./picture.ts";

/** Steps of Gauss-Newton on the part's 8x8 cells; from a place half a cell off it settles in four or five. */
const TINY_STEPS = 6;
/** Steps on its 16x16 cells, from there. */
const COARSE_STEPS = 6;
/** A step smaller than this, in sides of the whole, changes nothing that can be seen. */
const SETTLED = 0.002;
/**
 * Added to the diagonal, as a share of it (Levenberg-Marquardt): without it steps swing past the right place. Not for brightness, which is
 * right at once; a rest of it would be taken for slopes.
 */
const DAMPING = 0.1;
/** After so many steps the right place leaves no more than this share of the part's luminance variance unexplained. */
const STEPS_TO_SHOW = 3;
const MOST_UNEXPLAINED = 0.5;
/** And never more than this. */
const HOPELESS = 1.2;
/** Sides that a part may have, in sides of the whole. Beyond, the search has lost its way. */
const SMALLEST_SIDE = 0.42;
const LARGEST_SIDE = 1.2;
/** Contrast of the one picture, in those of the other, below which nothing can be said of where they lie. */
const LEAST_CONTRAST = 0.2;
/** Share of the part's cells that must lie on the whole. */
const LEAST_OVERLAP = 0.5;

/** Unknowns of a step: x, width, y, height, and a difference in brightness. */
const UNKNOWNS = 5;
const WIDTH = UNKNOWNS + 1;
/** Normal equations of a step, [5, 6], right sides last; only the upper triangle is filled. */
const equations = new Float64Array(UNKNOWNS * WIDTH);
const step = new Float64Array(UNKNOWNS);

/**
 * Moves and stretches a placement until the part lies on the whole as well as it can: Gauss-Newton on the luminance
 * of the part's 16x16 cells (Lucas and Kanade 1981, with a scale per axis), which reaches any crop near the start,
 * squashed ones too.
 * @param placement the start, changed in place
 * @returns false when it led nowhere: the part does not fit, or it shrank, grew or slid off the whole
 */
export function refine(whole: Picture, part: Picture, placement: Placement): boolean {
  // On cells of about the size of the part's own, so that both show the same detail.
  const isSmall = placement.width + placement.height < 1.5;
  const { smoothFine, smoothCoarse } = smoothOf(whole);
  return isSmall
    ? settle(smoothFine, FINE_SIDE, part.tiny, TINY_SIDE, placement, TINY_STEPS) &&
        settle(fineOf(whole), FINE_SIDE, part.coarse, COARSE_SIDE, placement, COARSE_STEPS)
    : settle(smoothCoarse, COARSE_SIDE, part.tiny, TINY_SIDE, placement, TINY_STEPS) &&
        settle(smoothFine, FINE_SIDE, part.coarse, COARSE_SIDE, placement, COARSE_STEPS);
}

const tonedTiny = new Float32Array(TINY_SIDE * TINY_SIDE);
const tonedCoarse = new Float32Array(COARSE_SIDE * COARSE_SIDE);

/** The same from a start where the two lie nearly on each other, with the part's contrast made that of the whole. */
export function refineNear(whole: Picture, part: Picture, placement: Placement): boolean {
  const contrast = deviation(whole.tiny) / deviation(part.tiny);
  if (!(contrast > LEAST_CONTRAST && contrast < 1 / LEAST_CONTRAST)) return false;
  const { smoothFine, smoothCoarse } = smoothOf(whole);
  for (let i = 0; i < tonedTiny.length; i++) tonedTiny[i] = contrast * (part.tiny[i] as number);
  if (!settle(smoothCoarse, COARSE_SIDE, tonedTiny, TINY_SIDE, placement, TINY_STEPS)) return false;
  for (let i = 0; i < tonedCoarse.length; i++)
    tonedCoarse[i] = contrast * (part.coarse[i] as number);
  return settle(smoothFine, FINE_SIDE, tonedCoarse, COARSE_SIDE, placement, COARSE_STEPS);
}

function deviation(cells: Float32Array): number {
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < cells.length; i++) {
    const value = cells[i] as number;
    sum += value;
    squares += value * value;
  }
  const mean = sum / cells.length;
  return Math.sqrt(Math.max(0, squares / cells.length - mean * mean));
}

/** Takes up to `steps` steps at one resolution. @returns false when the part does not fit */
function settle(
  whole: Float32Array,
  wholeSide: number,
  part: Float32Array,
  partSide: number,
  placement: Placement,
  steps: number,
): boolean {
  for (let round = 0; round < steps; round++) {
    const unexplained = collectEquations(whole, wholeSide, part, partSide, placement);
    if (unexplained > (round < STEPS_TO_SHOW ? HOPELESS : MOST_UNEXPLAINED) || !solve())
      return false;
    placement.x += step[0] as number;
    placement.width += step[1] as number;
    placement.y += step[2] as number;
    placement.height += step[3] as number;
    if (
      !(placement.width > SMALLEST_SIDE && placement.width < LARGEST_SIDE) ||
      !(placement.height > SMALLEST_SIDE && placement.height < LARGEST_SIDE)
    )
      return false;
    let largest = 0;
    for (let i = 0; i < UNKNOWNS - 1; i++) largest = Math.max(largest, Math.abs(step[i] as number));
    if (largest < SETTLED) break;
  }
  return true;
}

/** Where the part's columns lie on the whole in the step at hand: its cell to the left, and how far right of that. */
const columnLeft = new Int32Array(COARSE_SIDE);
const columnRight = new Float64Array(COARSE_SIDE);

/**
 * Fills `equations` for one step.
 * @returns the share of the part's luminance variance that the placement leaves unexplained, brightness aside;
 *   infinite when too little of the part lies on the whole
 */
function collectEquations(
  whole: Float32Array,
  wholeSide: number,
  part: Float32Array,
  partSide: number,
  placement: Placement,
): number {
  const { mirrored } = placement;
  // The columns that lie on the whole are the same in each row.
  let from = partSide;
  let to = 0;
  for (let column = 0; column < partSide; column++) {
    const u = (column + 0.5) / partSide;
    const x = (placement.x + u * placement.width) * wholeSide - 0.5;
    if (x < 0 || x >= wholeSide - 1) continue;
    const left = Math.floor(x);
    columnLeft[column] = left;
    columnRight[column] = x - left;
    if (from > column) from = column;
    to = column + 1;
  }
  equations.fill(0);
  let inside = 0;
  let targets = 0;
  let targetSquares = 0;
  let errors = 0;
  let errorSquares = 0;
  for (let row = 0; row < partSide; row++) {
    const v = (row + 0.5) / partSide;
    const y = (placement.y + v * placement.height) * wholeSide - 0.5;
    if (y < 0 || y >= wholeSide - 1) continue;
    const top = Math.floor(y);
    const down = y - top;
    const start = top * wholeSide;
    let xx = 0;
    let xxu = 0;
    let xxuu = 0;
    let xy = 0;
    let xyu = 0;
    let yy = 0;
    let x1 = 0;
    let xu1 = 0;
    let y1 = 0;
    let xe = 0;
    let xue = 0;
    let ye = 0;
    let e1 = 0;
    const direction = mirrored ? -1 : 1;
    let targetAt = row * partSide + (mirrored ? partSide - 1 - from : from);
    for (let column = from; column < to; column++, targetAt += direction) {
      const u = (column + 0.5) / partSide;
      const at = start + (columnLeft[column] as number);
      const right = columnRight[column] as number;
      const northwest = whole[at] as number;
      const southwest = whole[at + wholeSide] as number;
      const north = (whole[at + 1] as number) - northwest;
      const south = (whole[at + wholeSide + 1] as number) - southwest;
      const upper = northwest + north * right;
      const lower = southwest + south * right;
      const target = part[targetAt] as number;
      const error = target - upper - (lower - upper) * down;
      const slopeX = (north + (south - north) * down) * wholeSide;
      const slopeY = (lower - upper) * wholeSide;
      const slopeU = slopeX * u;
      xx += slopeX * slopeX;
      xxu += slopeX * slopeU;
      xxuu += slopeU * slopeU;
      xy += slopeX * slopeY;
      xyu += slopeU * slopeY;
      yy += slopeY * slopeY;
      x1 += slopeX;
      xu1 += slopeU;
      y1 += slopeY;
      xe += slopeX * error;
      xue += slopeU * error;
      ye += slopeY * error;
      e1 += error;
      errorSquares += error * error;
      targets += target;
      targetSquares += target * target;
    }
    const cells = Math.max(0, to - from);
    // Within a row, the slope by height is that by y times v.
    add(0, xx, xxu, xy, xy * v, x1, xe);
    add(1, 0, xxuu, xyu, xyu * v, xu1, xue);
    add(2, 0, 0, yy, yy * v, y1, ye);
    add(3, 0, 0, 0, yy * v * v, y1 * v, ye * v);
    add(4, 0, 0, 0, 0, cells, e1);
    inside += cells;
    errors += e1;
  }
  if (inside < LEAST_OVERLAP * partSide * partSide) return Number.POSITIVE_INFINITY;
  const variance = targetSquares - (targets * targets) / inside;
  return (errorSquares - (errors * errors) / inside) / Math.max(variance, 1e-9);
}

/** Adds to one row of the normal equations. */
function add(
  row: number,
  x: number,
  width: number,
  y: number,
  height: number,
  brightness: number,
  error: number,
): void {
  const at = row * WIDTH;
  equations[at] = (equations[at] as number) + x;
  equations[at + 1] = (equations[at + 1] as number) + width;
  equations[at + 2] = (equations[at + 2] as number) + y;
  equations[at + 3] = (equations[at + 3] as number) + height;
  equations[at + 4] = (equations[at + 4] as number) + brightness;
  equations[at + 5] = (equations[at + 5] as number) + error;
}

/** Solves the normal equations into `step` by Gauss elimination. @returns false when they are singular. */
function solve(): boolean {
  for (let row = 0; row < UNKNOWNS - 1; row++) {
    const diagonal = row * WIDTH + row;
    equations[diagonal] = (equations[diagonal] as number) * (1 + DAMPING);
  }
  for (let row = 0; row < UNKNOWNS; row++) {
    const pivot = equations[row * WIDTH + row] as number;
    if (!(pivot > 1e-9)) return false;
    for (let below = row + 1; below < UNKNOWNS; below++) {
      const factor = (equations[row * WIDTH + below] as number) / pivot;
      for (let column = below; column < WIDTH; column++) {
        const at = below * WIDTH + column;
        equations[at] =
          (equations[at] as number) - factor * (equations[row * WIDTH + column] as number);
      }
    }
  }
  for (let row = UNKNOWNS - 1; row >= 0; row--) {
    let right = equations[row * WIDTH + UNKNOWNS] as number;
    for (let column = row + 1; column < UNKNOWNS; column++)
      right -= (equations[row * WIDTH + column] as number) * (step[column] as number);
    step[row] = right / (equations[row * WIDTH + row] as number);
  }
  return true;
}

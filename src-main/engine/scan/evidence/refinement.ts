import type { Placement } from "./alignment.ts";
import { COARSE_SIDE, FINE_SIDE, fineOf, type Picture, smoothOf, TINY_SIDE } from "./picture.ts";

/** Gauss-Newton steps on the part's 8x8 cells. From half a cell off, four or five are enough. */
const TINY_STEPS = 6;
/** Further steps on its 16x16 cells. */
const COARSE_STEPS = 6;
/** Steps smaller than this, in sides of the whole, end the iteration. */
const SETTLED = 0.002;
/**
 * Added to the diagonal, as a share of it (Levenberg-Marquardt), to prevent overshoot. Brightness is not damped, because
 * a remainder of it would affect the slopes.
 */
const DAMPING = 0.1;
/** Unexplained share of the part's luminance variance above which a placement is rejected after some steps... */
const STEPS_TO_SHOW = 3;
const MOST_UNEXPLAINED = 0.5;
/** ... and before. */
const HOPELESS = 1.2;
/** Sides that a part may have, in sides of the whole. Outside this range the iteration has diverged. */
const SMALLEST_SIDE = 0.42;
const LARGEST_SIDE = 1.2;
/** Lowest ratio of the two contrasts at which the pictures can be aligned. */
const LEAST_CONTRAST = 0.2;
/** Share of the part's cells that must overlap the whole. */
const LEAST_OVERLAP = 0.5;

/** Unknowns of a step: x, width, y, height, and a difference in brightness. */
const UNKNOWNS = 5;
const WIDTH = UNKNOWNS + 1;

/** Scratch memory of {@link refine} and {@link refineNear}. */
export interface RefinementBuffers {
  /** Normal equations of a step, [5, 6], right sides last; only the upper triangle is filled. */
  readonly equations: Float64Array;
  readonly step: Float64Array;
  /** The part's luminance with the whole's contrast. */
  readonly tonedTiny: Float32Array;
  readonly tonedCoarse: Float32Array;
  /** For each column of the part, the whole's column to its left and the distance from it. */
  readonly columnLeft: Int32Array;
  readonly columnRight: Float64Array;
}

export function newRefinementBuffers(): RefinementBuffers {
  return {
    equations: new Float64Array(UNKNOWNS * WIDTH),
    step: new Float64Array(UNKNOWNS),
    tonedTiny: new Float32Array(TINY_SIDE * TINY_SIDE),
    tonedCoarse: new Float32Array(COARSE_SIDE * COARSE_SIDE),
    columnLeft: new Int32Array(COARSE_SIDE),
    columnRight: new Float64Array(COARSE_SIDE),
  };
}

/**
 * Moves and stretches a placement until the part fits the whole best: Gauss-Newton on the luminance of the part's 16x16
 * cells (Lucas and Kanade 1981, with a scale per axis). Converges to any crop near the start, including distorted ones.
 * @param placement the start, changed in place
 * @returns false when the part does not fit or the iteration diverged
 */
export function refine(
  buffers: RefinementBuffers,
  whole: Picture,
  part: Picture,
  placement: Placement,
): boolean {
  // Uses cells of about the size of the part's own, which show the same detail.
  const isSmall = placement.width + placement.height < 1.5;
  const { smoothFine, smoothCoarse } = smoothOf(whole);
  return isSmall
    ? settle(buffers, smoothFine, FINE_SIDE, part.tiny, TINY_SIDE, placement, TINY_STEPS) &&
        settle(buffers, fineOf(whole), FINE_SIDE, part.coarse, COARSE_SIDE, placement, COARSE_STEPS)
    : settle(buffers, smoothCoarse, COARSE_SIDE, part.tiny, TINY_SIDE, placement, TINY_STEPS) &&
        settle(buffers, smoothFine, FINE_SIDE, part.coarse, COARSE_SIDE, placement, COARSE_STEPS);
}

/** Like {@link refine}, for pictures that nearly coincide, after matching the part's contrast to the whole's. */
export function refineNear(
  buffers: RefinementBuffers,
  whole: Picture,
  part: Picture,
  placement: Placement,
): boolean {
  const { tonedTiny, tonedCoarse } = buffers;
  const contrast = deviation(whole.tiny) / deviation(part.tiny);
  if (!(contrast > LEAST_CONTRAST && contrast < 1 / LEAST_CONTRAST)) return false;
  const { smoothFine, smoothCoarse } = smoothOf(whole);
  for (let i = 0; i < tonedTiny.length; i++) tonedTiny[i] = contrast * (part.tiny[i] as number);
  if (!settle(buffers, smoothCoarse, COARSE_SIDE, tonedTiny, TINY_SIDE, placement, TINY_STEPS))
    return false;
  for (let i = 0; i < tonedCoarse.length; i++)
    tonedCoarse[i] = contrast * (part.coarse[i] as number);
  return settle(buffers, smoothFine, FINE_SIDE, tonedCoarse, COARSE_SIDE, placement, COARSE_STEPS);
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
  buffers: RefinementBuffers,
  whole: Float32Array,
  wholeSide: number,
  part: Float32Array,
  partSide: number,
  placement: Placement,
  steps: number,
): boolean {
  const { step } = buffers;
  for (let round = 0; round < steps; round++) {
    const unexplained = collectEquations(buffers, whole, wholeSide, part, partSide, placement);
    if (unexplained > (round < STEPS_TO_SHOW ? HOPELESS : MOST_UNEXPLAINED) || !solve(buffers))
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

/**
 * Fills `equations` for one step.
 * @returns the share of the part's luminance variance that the placement leaves unexplained, apart from brightness;
 *   infinite when the overlap is too small
 */
function collectEquations(
  { equations, columnLeft, columnRight }: RefinementBuffers,
  whole: Float32Array,
  wholeSide: number,
  part: Float32Array,
  partSide: number,
  placement: Placement,
): number {
  const { mirrored } = placement;
  // The columns that overlap the whole are the same in each row.
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
    // Within a row, the derivative by height is the derivative by y, times v.
    add(equations, 0, xx, xxu, xy, xy * v, x1, xe);
    add(equations, 1, 0, xxuu, xyu, xyu * v, xu1, xue);
    add(equations, 2, 0, 0, yy, yy * v, y1, ye);
    add(equations, 3, 0, 0, 0, yy * v * v, y1 * v, ye * v);
    add(equations, 4, 0, 0, 0, 0, cells, e1);
    inside += cells;
    errors += e1;
  }
  if (inside < LEAST_OVERLAP * partSide * partSide) return Number.POSITIVE_INFINITY;
  const variance = targetSquares - (targets * targets) / inside;
  return (errorSquares - (errors * errors) / inside) / Math.max(variance, 1e-9);
}

/** Adds to one row of the normal equations. */
function add(
  equations: Float64Array,
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

/** Solves the normal equations into `step` by Gaussian elimination. @returns false when they are singular */
function solve({ equations, step }: RefinementBuffers): boolean {
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

import {
  type DetailBuffers,
  detailAgreement,
  extractDetail,
  newDetailBuffers,
} from "./agreement.ts";
import {
  type ColorBuffers,
  type ColorGrid,
  type ColorRelation,
  newColorBuffers,
  newColorGrid,
  relateColors,
} from "./color-agreement.ts";
import { newParallaxBuffers, type ParallaxBuffers, steadiness } from "./parallax.ts";
import { COARSE_SIDE, FINE_SIDE, fineOf, halve, type Picture, smoothOf } from "./picture.ts";
import { SAMPLED_COLOR_SIDE } from "./sampling.ts";
import { CHROMA_SIDE } from "./signature.ts";

/**
 * Affine map from the first picture to the second: `(u, v)` in the first, relative to its center and in units of its side,
 * maps to `(x + ux u + vx v, y + uy u + vy v)` in the second.
 */
interface Tilt {
  x: number;
  ux: number;
  vx: number;
  y: number;
  uy: number;
  vy: number;
}

/** Rotations that the search starts from, in degrees. It converges to those in between. */
const START_DEGREES = [-14, -7, 0, 7, 14] as const;
/** Side of a start, in sides of the second. Rotated pictures are usually cropped, too. */
const START_SIDE = 0.92;
/** Number of starts that are refined, best first, and the correlation that they need. */
const STARTS_KEPT = 2;
const LEAST_START = 0.3;
/** Correlation of coarse cells needed to continue with fine cells. */
const LEAST_SETTLED = 0.85;
/** Gauss-Newton steps on 16x16 cells for each start, and on 32x32 cells for the best result. */
const COARSE_STEPS = 5;
const FINE_STEPS = 6;
/** Largest step, in sides. */
const LONGEST_STEP = 0.1;
/** Added to the diagonal, as a share of it (Levenberg-Marquardt). */
const DAMPING = 0.02;
/** Area of the first in the second, relative to the second's. Outside this range the iteration has diverged. */
const SMALLEST_AREA = 0.3;
const LARGEST_AREA = 2.2;
/** Share of the first's cells that must overlap the second. */
const LEAST_OVERLAP = 0.45;
/** Cells within this distance of the overlap's edge are not compared: their detail depends on cells outside. */
const EDGE_CELLS = 2;

const UNKNOWNS = 8;
const WIDTH = UNKNOWNS + 1;

const CELLS = FINE_SIDE * FINE_SIDE;

/** Scratch memory of {@link findTilt}. */
export interface TiltBuffers {
  readonly equations: Float64Array;
  readonly terms: Float64Array;
  readonly solution: Float64Array;
  /** The second picture, sampled at the first's cells. */
  readonly read: Float32Array;
  readonly soft: Float32Array;
  /** 1 where the first's cell overlaps the second. */
  readonly inside: Uint8Array;
  /** 1 where a cell's detail can be compared. */
  readonly shown: Uint8Array;
  readonly firstCoarse: Float32Array;
  readonly secondCoarse: Float32Array;
  readonly firstDetail: Float32Array;
  readonly secondDetail: Float32Array;
  readonly firstColor: ColorGrid;
  readonly secondColor: ColorGrid;
  readonly halved: Float32Array;
  readonly tiny: Float32Array;
  readonly outside: Float32Array;
  readonly shareOutside: Float32Array;
  readonly relation: ColorRelation;
  readonly detail: DetailBuffers;
  readonly color: ColorBuffers;
  readonly parallax: ParallaxBuffers;
}

export function newTiltBuffers(): TiltBuffers {
  return {
    equations: new Float64Array(UNKNOWNS * WIDTH),
    terms: new Float64Array(WIDTH),
    solution: new Float64Array(UNKNOWNS),
    read: new Float32Array(CELLS),
    soft: new Float32Array(CELLS),
    inside: new Uint8Array(CELLS),
    shown: new Uint8Array(CELLS),
    firstCoarse: new Float32Array(COARSE_SIDE * COARSE_SIDE),
    secondCoarse: new Float32Array(COARSE_SIDE * COARSE_SIDE),
    firstDetail: new Float32Array(CELLS),
    secondDetail: new Float32Array(CELLS),
    firstColor: newColorGrid(SAMPLED_COLOR_SIDE),
    secondColor: newColorGrid(SAMPLED_COLOR_SIDE),
    halved: new Float32Array(COARSE_SIDE * COARSE_SIDE),
    tiny: new Float32Array(CHROMA_SIDE * CHROMA_SIDE),
    outside: new Float32Array(CHROMA_SIDE * CHROMA_SIDE),
    shareOutside: new Float32Array(SAMPLED_COLOR_SIDE * SAMPLED_COLOR_SIDE),
    relation: { agreement: 0, recolored: false },
    detail: newDetailBuffers(),
    color: newColorBuffers(),
    parallax: newParallaxBuffers(),
  };
}

/** A match between pictures of which one was rotated by some angle or slightly distorted. */
export interface TiltedMatch {
  /** In [0, 1], like all scores. */
  score: number;
  /** Rotation of the second relative to the first, after mirroring, in degrees in (-180, 180]. */
  degrees: number;
  mirrored: boolean;
}

/**
 * Aligns two pictures that no orientation or upright window aligns: one was straightened, rotated by any angle, or shows
 * the other at a slight angle. Gauss-Newton on luminance for the six parameters of an affine map, gain and brightness
 * (Lucas and Kanade 1981), from starts in all orientations. Takes 1 to 2 ms, so use it only for near pairs that nothing
 * else explains.
 * @returns `null` if nothing was found
 */
export function findTilt(
  buffers: TiltBuffers,
  first: Picture,
  second: Picture,
): TiltedMatch | null {
  let best: Tilt | null = null;
  let bestCorrelation = LEAST_SETTLED;
  for (const tilt of promisingStarts(buffers, first, second)) {
    const { smoothCoarse } = smoothOf(first);
    const other = smoothOf(second).smoothCoarse;
    if (!settle(buffers, smoothCoarse, other, COARSE_SIDE, tilt, COARSE_STEPS)) continue;
    const correlation = correlationAt(buffers, smoothCoarse, other, tilt);
    if (correlation <= bestCorrelation) continue;
    best = tilt;
    bestCorrelation = correlation;
  }
  if (!best) return null;
  const { smoothFine } = smoothOf(first);
  if (!settle(buffers, smoothFine, smoothOf(second).smoothFine, FINE_SIDE, best, FINE_STEPS))
    return null;
  // Compares in the coarser cells of the two, to which the other's cells are averaged.
  const score =
    Math.abs(area(best)) >= 1
      ? scoreAt(buffers, first, second, best)
      : scoreAt(buffers, second, first, inverse(best));
  const mirrored = area(best) < 0;
  // Reversing the first axis turns a mirrored map into a rotation.
  const [ux, uy] = mirrored ? [-best.ux, -best.uy] : [best.ux, best.uy];
  const degrees = (Math.atan2(uy - best.vx, ux + best.vy) * 180) / Math.PI;
  return { score, degrees, mirrored };
}

const starts: readonly Tilt[] = [false, true].flatMap((mirrored) =>
  [0, 90, 180, 270].flatMap((turn) =>
    START_DEGREES.map((degrees) => {
      const angle = ((turn + degrees) * Math.PI) / 180;
      const [cosine, sine] = [START_SIDE * Math.cos(angle), START_SIDE * Math.sin(angle)];
      const side = mirrored ? -1 : 1;
      return { x: 0, ux: side * cosine, vx: -sine, y: 0, uy: side * sine, vy: cosine };
    }),
  ),
);

/** The starts that agree best, best first. */
function promisingStarts(buffers: TiltBuffers, first: Picture, second: Picture): Tilt[] {
  const { smoothCoarse } = smoothOf(first);
  const ranked = starts
    .map((tilt) => ({
      tilt,
      correlation: correlationAt(buffers, smoothCoarse, smoothOf(second).smoothCoarse, tilt),
    }))
    .filter(({ correlation }) => correlation >= LEAST_START)
    .sort((a, b) => b.correlation - a.correlation);
  return ranked.slice(0, STARTS_KEPT).map(({ tilt }) => ({ ...tilt }));
}

function area({ ux, vx, uy, vy }: Tilt): number {
  return ux * vy - vx * uy;
}

/** The map from the second picture to the first. */
function inverse(tilt: Tilt): Tilt {
  const size = area(tilt);
  const [ux, vx, uy, vy] = [tilt.vy / size, -tilt.vx / size, -tilt.uy / size, tilt.ux / size];
  return { x: -ux * tilt.x - vx * tilt.y, ux, vx, y: -uy * tilt.x - vy * tilt.y, uy, vy };
}

/**
 * Samples the second's grid at the first's cells. Fills `read` and `inside`, replicating the second's edges.
 * @returns the number of cells inside
 */
function readTilted(
  { read, inside }: TiltBuffers,
  grid: Float32Array,
  side: number,
  { x, ux, vx, y, uy, vy }: Tilt,
): number {
  const last = side - 1;
  let count = 0;
  for (let row = 0, at = 0; row < side; row++) {
    const v = (row + 0.5) / side - 0.5;
    let across = (x + vx * v - (0.5 - 0.5 / side) * ux + 0.5) * side - 0.5;
    let down = (y + vy * v - (0.5 - 0.5 / side) * uy + 0.5) * side - 0.5;
    for (let column = 0; column < side; column++, at++, across += ux, down += uy) {
      const lies = across > -0.5 && across < last + 0.5 && down > -0.5 && down < last + 0.5;
      inside[at] = lies ? 1 : 0;
      if (lies) count++;
      const left = Math.min(last - 1, Math.max(0, Math.floor(across)));
      const top = Math.min(last - 1, Math.max(0, Math.floor(down)));
      const right = Math.min(1, Math.max(0, across - left));
      const below = Math.min(1, Math.max(0, down - top));
      const corner = top * side + left;
      const above = (grid[corner] as number) * (1 - right) + (grid[corner + 1] as number) * right;
      const under =
        (grid[corner + side] as number) * (1 - right) + (grid[corner + side + 1] as number) * right;
      read[at] = above * (1 - below) + under * below;
    }
  }
  return count;
}

/** Like {@link readTilted}, for fine cells, each the mean of four samples. */
function readSoftly(buffers: TiltBuffers, grid: Float32Array, tilt: Tilt): void {
  const { read, soft } = buffers;
  soft.fill(0);
  for (const [u, v] of QUARTERS) {
    const [x, y] = [tilt.x + tilt.ux * u + tilt.vx * v, tilt.y + tilt.uy * u + tilt.vy * v];
    readTilted(buffers, grid, FINE_SIDE, { ...tilt, x, y });
    for (let at = 0; at < CELLS; at++) soft[at] = (soft[at] as number) + (read[at] as number) / 4;
  }
  readTilted(buffers, grid, FINE_SIDE, tilt);
  read.set(soft);
}

/** Centers of a fine cell's quarters, relative to the cell's center, in sides of the picture. */
const QUARTERS = [-1, 1].flatMap((x) =>
  [-1, 1].map((y) => [x / (4 * FINE_SIDE), y / (4 * FINE_SIDE)] as const),
);

/** Correlation of the coarse luminance in the overlap; 0 if the overlap is too small. */
function correlationAt(
  buffers: TiltBuffers,
  first: Float32Array,
  second: Float32Array,
  tilt: Tilt,
): number {
  const { read, inside } = buffers;
  const count = readTilted(buffers, second, COARSE_SIDE, tilt);
  if (count < LEAST_OVERLAP * COARSE_SIDE * COARSE_SIDE) return 0;
  let sumP = 0;
  let sumQ = 0;
  let pp = 0;
  let qq = 0;
  let pq = 0;
  for (let at = 0; at < COARSE_SIDE * COARSE_SIDE; at++) {
    if (inside[at] === 0) continue;
    const p = first[at] as number;
    const q = read[at] as number;
    sumP += p;
    sumQ += q;
    pp += p * p;
    qq += q * q;
    pq += p * q;
  }
  const spread = (pp - (sumP * sumP) / count) * (qq - (sumQ * sumQ) / count);
  return spread > 0 ? (pq - (sumP * sumQ) / count) / Math.sqrt(spread) : 0;
}

/** Takes `steps` steps. @returns false when the iteration diverged */
function settle(
  buffers: TiltBuffers,
  first: Float32Array,
  second: Float32Array,
  side: number,
  tilt: Tilt,
  steps: number,
): boolean {
  for (let round = 0; round < steps; round++) {
    if (readTilted(buffers, second, side, tilt) < LEAST_OVERLAP * side * side) return false;
    collectEquations(buffers, first, side);
    if (!solve(buffers)) return false;
    move(tilt, buffers.solution);
    const size = Math.abs(area(tilt));
    if (!(size > SMALLEST_AREA && size < LARGEST_AREA)) return false;
  }
  return true;
}

/** Normal equations of one step, which models the first as the second, moved, times a gain, plus a brightness. */
function collectEquations(
  { equations, terms, read, inside }: TiltBuffers,
  first: Float32Array,
  side: number,
): void {
  equations.fill(0);
  for (let row = 1; row < side - 1; row++) {
    const v = (row + 0.5) / side - 0.5;
    for (let column = 1, at = row * side + 1; column < side - 1; column++, at++) {
      if ((inside[at - 1] as number) + (inside[at + 1] as number) < 2) continue;
      if ((inside[at - side] as number) + (inside[at + side] as number) < 2) continue;
      const u = (column + 0.5) / side - 0.5;
      const slopeX = (((read[at + 1] as number) - (read[at - 1] as number)) * side) / 2;
      const slopeY = (((read[at + side] as number) - (read[at - side] as number)) * side) / 2;
      terms[0] = slopeX;
      terms[1] = slopeX * u;
      terms[2] = slopeX * v;
      terms[3] = slopeY;
      terms[4] = slopeY * u;
      terms[5] = slopeY * v;
      terms[6] = read[at] as number;
      terms[7] = 1;
      terms[8] = first[at] as number;
      for (let i = 0; i < UNKNOWNS; i++) {
        const term = terms[i] as number;
        for (let j = i, to = i * WIDTH + i; j < WIDTH; j++, to++)
          equations[to] = (equations[to] as number) + term * (terms[j] as number);
      }
    }
  }
  for (let i = 0; i < 6; i++)
    equations[i * WIDTH + i] = (equations[i * WIDTH + i] as number) * (1 + DAMPING) + 1;
}

/** Solves the symmetric equations into `solution`. @returns false when they are singular */
function solve({ equations, solution }: TiltBuffers): boolean {
  for (let pivot = 0; pivot < UNKNOWNS; pivot++) {
    const diagonal = equations[pivot * WIDTH + pivot] as number;
    if (!(diagonal > 1e-9)) return false;
    for (let row = pivot + 1; row < UNKNOWNS; row++) {
      const factor = (equations[pivot * WIDTH + row] as number) / diagonal;
      for (let column = row; column < WIDTH; column++)
        equations[row * WIDTH + column] =
          (equations[row * WIDTH + column] as number) -
          factor * (equations[pivot * WIDTH + column] as number);
    }
  }
  for (let row = UNKNOWNS - 1; row >= 0; row--) {
    let value = equations[row * WIDTH + UNKNOWNS] as number;
    for (let column = row + 1; column < UNKNOWNS; column++)
      value -= (equations[row * WIDTH + column] as number) * (solution[column] as number);
    solution[row] = value / (equations[row * WIDTH + row] as number);
  }
  return true;
}

/** Lower bound for the gain (the first's contrast relative to the second's) that scales a step. */
const LEAST_GAIN = 0.3;

/** Applies a solved step before the tilt. */
function move(tilt: Tilt, solution: Float64Array): void {
  const gain = Math.max(LEAST_GAIN, solution[6] as number);
  const step = (at: number) =>
    Math.max(-LONGEST_STEP, Math.min(LONGEST_STEP, (solution[at] as number) / gain));
  const { x, ux, vx, y, uy, vy } = tilt;
  tilt.x = x + ux * step(0) + vx * step(3);
  tilt.y = y + uy * step(0) + vy * step(3);
  tilt.ux = ux * (1 + step(1)) + vx * step(4);
  tilt.uy = uy * (1 + step(1)) + vy * step(4);
  tilt.vx = ux * step(2) + vx * (1 + step(5));
  tilt.vy = uy * step(2) + vy * (1 + step(5));
}

/** Agreement of detail and colors in the overlap, times the steadiness. */
function scoreAt(buffers: TiltBuffers, first: Picture, second: Picture, tilt: Tilt): number {
  const { read, firstCoarse, secondCoarse, firstColor, secondColor, relation } = buffers;
  readSoftly(buffers, fineOf(second), tilt);
  const fine = fineOf(first);
  keepAwayFromEdges(buffers);
  extrapolate(buffers, fine);
  const fineDetail = shownAgreement(buffers, fine, read, FINE_SIDE);
  halve(fine, FINE_SIDE, firstCoarse);
  halve(read, FINE_SIDE, secondCoarse);
  const detail = (fineDetail + shownAgreement(buffers, firstCoarse, secondCoarse, COARSE_SIDE)) / 2;
  if (detail <= 0) return 0;
  const steady = steadiness(buffers.parallax, fine, read);
  sampleColors(buffers, first, second, tilt);
  relateColors(buffers.color, firstColor, secondColor, relation);
  return detail * steady * relation.agreement;
}

/** Agreement of the detail of two grids in `shown` cells, in [-1, 1]. */
function shownAgreement(
  { detail, firstDetail, secondDetail, shown }: TiltBuffers,
  p: Float32Array,
  q: Float32Array,
  side: number,
): number {
  extractDetail(detail, p, firstDetail, side);
  extractDetail(detail, q, secondDetail, side);
  const fineCells = FINE_SIDE / side;
  for (let row = 0, at = 0; row < side; row++) {
    for (let column = 0; column < side; column++, at++) {
      if (shown[(row * FINE_SIDE + column) * fineCells] === 1) continue;
      firstDetail[at] = 0;
      secondDetail[at] = 0;
    }
  }
  return detailAgreement(firstDetail, secondDetail, side);
}

/** Marks cells as `shown` if they and all cells around them are inside. */
function keepAwayFromEdges({ inside, shown }: TiltBuffers): void {
  for (let row = 0, at = 0; row < FINE_SIDE; row++) {
    for (let column = 0; column < FINE_SIDE; column++, at++) {
      let whole = 1;
      for (let y = -EDGE_CELLS; y <= EDGE_CELLS; y += EDGE_CELLS)
        for (let x = -EDGE_CELLS; x <= EDGE_CELLS; x += EDGE_CELLS) {
          const [down, across] = [row + y, column + x];
          if (down < 0 || down >= FINE_SIDE || across < 0 || across >= FINE_SIDE) continue;
          whole &= inside[down * FINE_SIDE + across] as number;
        }
      shown[at] = whole;
    }
  }
}

/** Fills cells of `read` outside the overlap with the first's luminance, matched in brightness and contrast. */
function extrapolate({ read, inside }: TiltBuffers, fine: Float32Array): void {
  let count = 0;
  let sumP = 0;
  let sumQ = 0;
  let pp = 0;
  let pq = 0;
  for (let at = 0; at < CELLS; at++) {
    if (inside[at] === 0) continue;
    const p = fine[at] as number;
    const q = read[at] as number;
    count++;
    sumP += p;
    sumQ += q;
    pp += p * p;
    pq += p * q;
  }
  const spread = pp - (sumP * sumP) / count;
  const gain = spread > 0 ? (pq - (sumP * sumQ) / count) / spread : 1;
  for (let at = 0; at < CELLS; at++)
    if (inside[at] === 0) read[at] = (sumQ + gain * ((fine[at] as number) * count - sumP)) / count;
}

/**
 * Fills `firstColor` and `secondColor`, the second's sampled at the first's cells. `read` must hold the second's
 * luminance. Cells outside the overlap get the mean color of the others, which is neutral in the comparison.
 */
function sampleColors(buffers: TiltBuffers, first: Picture, second: Picture, tilt: Tilt): void {
  const { read, inside, firstColor, secondColor, tiny, outside, shareOutside } = buffers;
  halveToColors(buffers, fineOf(first), firstColor);
  halveToColors(buffers, read, secondColor);
  for (let channel = 1; channel < 3; channel++) {
    pickChannel(tiny, second.color, channel);
    readTilted(buffers, tiny, CHROMA_SIDE, tilt);
    halve(read, CHROMA_SIDE, secondColor.subarray(channel), 3);
    pickChannel(tiny, first.color, channel);
    halve(tiny, CHROMA_SIDE, firstColor.subarray(channel), 3);
  }
  for (let cell = 0; cell < outside.length; cell++) outside[cell] = 1 - (inside[cell] as number);
  halve(outside, CHROMA_SIDE, shareOutside);
  for (const colors of [firstColor, secondColor]) leaveOutMissing(shareOutside, colors);
}

function pickChannel(tiny: Float32Array, colors: ColorGrid, channel: number): void {
  for (let cell = 0; cell < tiny.length; cell++) tiny[cell] = colors[cell * 3 + channel] as number;
}

/** Gives cells that are partly or fully outside the mean of the others. */
function leaveOutMissing(shareOutside: Float32Array, colors: ColorGrid): void {
  for (let channel = 0; channel < 3; channel++) {
    let sum = 0;
    let count = 0;
    for (let cell = 0; cell < shareOutside.length; cell++) {
      if (shareOutside[cell] !== 0) continue;
      sum += colors[cell * 3 + channel] as number;
      count++;
    }
    for (let cell = 0; cell < shareOutside.length; cell++)
      if (shareOutside[cell] !== 0) colors[cell * 3 + channel] = count > 0 ? sum / count : 0;
  }
}

function halveToColors(
  { halved, tiny }: TiltBuffers,
  luminance: Float32Array,
  into: ColorGrid,
): void {
  halve(luminance, FINE_SIDE, halved);
  halve(halved, COARSE_SIDE, tiny);
  halve(tiny, CHROMA_SIDE, into, 3);
}

import { detailAgreement, extractDetail } from "./agreement.ts";
import {
  type ColorGrid,
  type ColorRelation,
  newColorGrid,
  relateColors,
} from "./color-agreement.ts";
import { steadiness } from "./parallax.ts";
import { COARSE_SIDE, FINE_SIDE, fineOf, halve, type Picture, smoothOf } from "./picture.ts";
import { SAMPLED_COLOR_SIDE } from "./sampling.ts";
import { CHROMA_SIDE } from "./signature.ts";

/**
 * How the first picture is read in the second: the place `(u, v)`, counted from the first's middle in its sides, lies at
 * `(x + ux u + vx v, y + uy u + vy v)` in the second, counted likewise.
 */
interface Tilt {
  x: number;
  ux: number;
  vx: number;
  y: number;
  uy: number;
  vy: number;
}

/** Turns that the search starts from, in degrees; it reaches those in between. */
const START_DEGREES = [-14, -7, 0, 7, 14] as const;
/** The side of a start, in sides of the second: a picture that was turned has mostly been cut, too. */
const START_SIDE = 0.92;
/** Starts that are gone on from, those that agree best, as long as they agree by this correlation. */
const STARTS_KEPT = 2;
const LEAST_START = 0.3;
/** Correlation of coarse cells without which finer ones are not looked at. */
const LEAST_SETTLED = 0.85;
/** Steps of Gauss-Newton on 16x16 cells, for each start, and on 32x32, from where the best of them came to lie. */
const COARSE_STEPS = 5;
const FINE_STEPS = 6;
/** Most that a step may move, turn or stretch, in sides. */
const LONGEST_STEP = 0.1;
/** Added to the diagonal, as a share of it (Levenberg-Marquardt). */
const DAMPING = 0.02;
/** Area that the first may take in the second, in areas of the second. Beyond, the search has lost its way. */
const SMALLEST_AREA = 0.3;
const LARGEST_AREA = 2.2;
/** Share of the first's cells that must lie on the second. */
const LEAST_OVERLAP = 0.45;
/** Cells near the edge of what both show whose detail is not compared: it hangs on what lies outside. */
const EDGE_CELLS = 2;

const UNKNOWNS = 8;
const WIDTH = UNKNOWNS + 1;
const equations = new Float64Array(UNKNOWNS * WIDTH);
const terms = new Float64Array(WIDTH);
const solution = new Float64Array(UNKNOWNS);

const CELLS = FINE_SIDE * FINE_SIDE;
const read = new Float32Array(CELLS);
const soft = new Float32Array(CELLS);
/** 1 where the first's cell lies on the second. */
const inside = new Uint8Array(CELLS);
const shown = new Uint8Array(CELLS);
const firstCoarse = new Float32Array(COARSE_SIDE * COARSE_SIDE);
const secondCoarse = new Float32Array(COARSE_SIDE * COARSE_SIDE);
const firstDetail = new Float32Array(CELLS);
const secondDetail = new Float32Array(CELLS);
const firstColor = newColorGrid(SAMPLED_COLOR_SIDE);
const secondColor = newColorGrid(SAMPLED_COLOR_SIDE);
const relation: ColorRelation = { agreement: 0, recolored: false };

/** Two pictures of which one was turned by some degrees, or is seen askew. */
export interface TiltedMatch {
  /** In [0, 1], as all scores. */
  score: number;
  /** By which the second is turned against the first, in degrees in (-180, 180]; after mirroring. */
  degrees: number;
  mirrored: boolean;
}

/**
 * Lays two pictures on each other where the eight orientations and upright windows do not: one was straightened, turned by any angle, or
 * is seen a little askew. Gauss-Newton on luminance for all six numbers of an affine map, gain and brightness (Lucas and Kanade 1981), from
 * starts in all orientations and at some angles. Takes one or two milliseconds, so it is for pairs that are near for no known reason.
 * @returns `null` where nothing was found
 */
export function findTilt(first: Picture, second: Picture): TiltedMatch | null {
  let best: Tilt | null = null;
  let bestCorrelation = LEAST_SETTLED;
  for (const tilt of promisingStarts(first, second)) {
    const { smoothCoarse } = smoothOf(first);
    if (!settle(smoothCoarse, smoothOf(second).smoothCoarse, COARSE_SIDE, tilt, COARSE_STEPS))
      continue;
    const correlation = correlationAt(smoothCoarse, smoothOf(second).smoothCoarse, tilt);
    if (correlation <= bestCorrelation) continue;
    best = tilt;
    bestCorrelation = correlation;
  }
  if (!best) return null;
  const { smoothFine } = smoothOf(first);
  if (!settle(smoothFine, smoothOf(second).smoothFine, FINE_SIDE, best, FINE_STEPS)) return null;
  // In the coarser cells of the two, which the other's are averaged to.
  const score =
    Math.abs(area(best)) >= 1
      ? scoreAt(first, second, best)
      : scoreAt(second, first, inverse(best));
  const mirrored = area(best) < 0;
  // A mirrored map is one that turns once its first axis is turned round.
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
function promisingStarts(first: Picture, second: Picture): Tilt[] {
  const { smoothCoarse } = smoothOf(first);
  const ranked = starts
    .map((tilt) => ({
      tilt,
      correlation: correlationAt(smoothCoarse, smoothOf(second).smoothCoarse, tilt),
    }))
    .filter(({ correlation }) => correlation >= LEAST_START)
    .sort((a, b) => b.correlation - a.correlation);
  return ranked.slice(0, STARTS_KEPT).map(({ tilt }) => ({ ...tilt }));
}

function area({ ux, vx, uy, vy }: Tilt): number {
  return ux * vy - vx * uy;
}

/** How the second picture is read in the first. */
function inverse(tilt: Tilt): Tilt {
  const size = area(tilt);
  const [ux, vx, uy, vy] = [tilt.vy / size, -tilt.vx / size, -tilt.uy / size, tilt.ux / size];
  return { x: -ux * tilt.x - vx * tilt.y, ux, vx, y: -uy * tilt.x - vy * tilt.y, uy, vy };
}

/**
 * Reads the second's grid where the first's cells lie. Fills `read` and `inside`; outside of the second its edge goes on.
 * @returns the number of cells inside
 */
function readTilted(grid: Float32Array, side: number, { x, ux, vx, y, uy, vy }: Tilt): number {
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

/** The same in fine cells, each the mean of four places within it. */
function readSoftly(grid: Float32Array, tilt: Tilt): void {
  soft.fill(0);
  for (const [u, v] of QUARTERS) {
    const [x, y] = [tilt.x + tilt.ux * u + tilt.vx * v, tilt.y + tilt.uy * u + tilt.vy * v];
    readTilted(grid, FINE_SIDE, { ...tilt, x, y });
    for (let at = 0; at < CELLS; at++) soft[at] = (soft[at] as number) + (read[at] as number) / 4;
  }
  readTilted(grid, FINE_SIDE, tilt);
  read.set(soft);
}

/** Middles of a fine cell's quarters, from its own, in sides of the picture. */
const QUARTERS = [-1, 1].flatMap((x) =>
  [-1, 1].map((y) => [x / (4 * FINE_SIDE), y / (4 * FINE_SIDE)] as const),
);

/** Correlation of the coarse luminance of both where they lie on each other; 0 where they hardly do. */
function correlationAt(first: Float32Array, second: Float32Array, tilt: Tilt): number {
  const count = readTilted(second, COARSE_SIDE, tilt);
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

/** Takes some steps. @returns false when it led nowhere */
function settle(
  first: Float32Array,
  second: Float32Array,
  side: number,
  tilt: Tilt,
  steps: number,
): boolean {
  for (let round = 0; round < steps; round++) {
    if (readTilted(second, side, tilt) < LEAST_OVERLAP * side * side) return false;
    collectEquations(first, side);
    if (!solve()) return false;
    move(tilt);
    const size = Math.abs(area(tilt));
    if (!(size > SMALLEST_AREA && size < LARGEST_AREA)) return false;
  }
  return true;
}

/** Normal equations of one step: the first as the second, moved, times a gain, and a brightness. */
function collectEquations(first: Float32Array, side: number): void {
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

/** Solves the symmetric equations into `solution`. @returns false when they have no one solution */
function solve(): boolean {
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

/** Contrast of the first, in those of the second, that a step is taken to have at least. */
const LEAST_GAIN = 0.3;

/** Moves the tilt by what was solved, as a map that goes before it. */
function move(tilt: Tilt): void {
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

/** Agreement of detail and colors where the two lie on each other, less what parallax takes. */
function scoreAt(first: Picture, second: Picture, tilt: Tilt): number {
  readSoftly(fineOf(second), tilt);
  const fine = fineOf(first);
  keepAwayFromEdges();
  goOnOutside(fine);
  const fineDetail = shownAgreement(fine, read, FINE_SIDE);
  halve(fine, FINE_SIDE, firstCoarse);
  halve(read, FINE_SIDE, secondCoarse);
  const detail = (fineDetail + shownAgreement(firstCoarse, secondCoarse, COARSE_SIDE)) / 2;
  if (detail <= 0) return 0;
  const steady = steadiness(fine, read);
  sampleColors(first, second, tilt);
  relateColors(firstColor, secondColor, relation);
  return detail * steady * relation.agreement;
}

/** Agreement of the detail of two grids where both show the same, in [-1, 1]. */
function shownAgreement(p: Float32Array, q: Float32Array, side: number): number {
  extractDetail(p, firstDetail, side);
  extractDetail(q, secondDetail, side);
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

/** Fills `shown` with the cells that lie inside, all those around them, too. */
function keepAwayFromEdges(): void {
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

/** Fills what of `read` lies on nothing with the first's luminance, its light and contrast made those of the second. */
function goOnOutside(fine: Float32Array): void {
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

const halved = new Float32Array(COARSE_SIDE * COARSE_SIDE);
const tiny = new Float32Array(CHROMA_SIDE * CHROMA_SIDE);
const outside = new Float32Array(CHROMA_SIDE * CHROMA_SIDE);
const shareOutside = new Float32Array(SAMPLED_COLOR_SIDE * SAMPLED_COLOR_SIDE);

/**
 * Fills `firstColor` and `secondColor`, the second's where the first's cells lie, after `read` was filled with its luminance. Cells that lie on
 * nothing have the mean color of the others, which says nothing of how colors changed.
 */
function sampleColors(first: Picture, second: Picture, tilt: Tilt): void {
  halveToColors(fineOf(first), firstColor);
  halveToColors(read, secondColor);
  for (let channel = 1; channel < 3; channel++) {
    pickChannel(second.color, channel);
    readTilted(tiny, CHROMA_SIDE, tilt);
    halve(read, CHROMA_SIDE, secondColor.subarray(channel), 3);
    pickChannel(first.color, channel);
    halve(tiny, CHROMA_SIDE, firstColor.subarray(channel), 3);
  }
  for (let cell = 0; cell < outside.length; cell++) outside[cell] = 1 - (inside[cell] as number);
  halve(outside, CHROMA_SIDE, shareOutside);
  for (const colors of [firstColor, secondColor]) leaveOutMissing(colors);
}

function pickChannel(colors: ColorGrid, channel: number): void {
  for (let cell = 0; cell < tiny.length; cell++) tiny[cell] = colors[cell * 3 + channel] as number;
}

/** Gives the cells that lie on nothing, be it in part, the mean of the others. */
function leaveOutMissing(colors: ColorGrid): void {
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

function halveToColors(luminance: Float32Array, into: ColorGrid): void {
  halve(luminance, FINE_SIDE, halved);
  halve(halved, COARSE_SIDE, tiny);
  halve(tiny, CHROMA_SIDE, into, 3);
}

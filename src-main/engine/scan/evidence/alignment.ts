import type { ColorGrid } from "./color-agreement.ts";
import type { Picture } from "./picture.ts";
import { CHROMA_SIDE } from "./signature.ts";

/** Side of the color grid, which is searched first. */
const WHOLE = CHROMA_SIDE;
/** Smallest side of a part, in cells of that grid: half the whole's side. */
const SMALLEST_PART = WHOLE / 2;
/** Number of placements that are refined. */
const CANDIDATES = 4;
/**
 * A placement is refined if at most this share of the part's color variance remains unexplained. 95 % of the true
 * placements of edited photos pass, and about 15 % of unrelated pairs.
 */
const MOST_UNEXPLAINED = 0.6;
/** Tolerance, in levels, for a part's mean color, because cells do not align with its edges. */
const MEAN_SLACK = 5;
/** Tolerance for rounding in a sum of squared differences, in levels squared. */
const ROUNDING = 0.01;
/** Parts with less color variance per cell, in levels squared, would match anywhere. */
const FLAT_VARIANCE = 25;

/** A part's frame in a whole of side 1, in the whole's coordinates. Mirrored means left to right. */
export interface Placement {
  x: number;
  y: number;
  width: number;
  height: number;
  mirrored: boolean;
}

/** A placement of one picture of a pair in the other. */
export interface Candidate {
  /** Share of the part's color variance that the placement leaves unexplained, from 0. */
  unexplained: number;
  /** Whether the pair's first picture is the part and the second the whole. */
  firstIsPart: boolean;
  readonly placement: Placement;
}

/** For each cell of a shrunk axis, its first source cell and the weights of `span` source cells, which sum to 1. */
interface Shrink {
  readonly first: Uint8Array;
  readonly span: number;
  readonly weight: Float32Array;
}

function makeShrink(from: number, to: number): Shrink {
  const step = from / to;
  const span = Math.ceil(step) + (from % to === 0 ? 0 : 1);
  const first = new Uint8Array(to);
  const weight = new Float32Array(to * span);
  for (let cell = 0; cell < to; cell++) {
    const start = Math.min(Math.floor(cell * step), from - span);
    first[cell] = start;
    for (let tap = 0; tap < span; tap++) {
      const end = Math.min((cell + 1) * step, start + tap + 1);
      const begin = Math.max(cell * step, start + tap);
      weight[cell * span + tap] = Math.max(0, end - begin) / step;
    }
  }
  return { first, span, weight };
}

const shrinks = Array.from({ length: WHOLE + 1 }, (_, cells) =>
  makeShrink(WHOLE, Math.max(1, cells)),
);

/** A picture's colors shrunk to [rows, columns, 3], upright and mirrored, for matching against another picture. */
interface Pattern {
  /** The signature that the pattern was made from. */
  signature: Uint8Array;
  rows: number;
  /** Variance per cell, summed over the channels, in levels squared. */
  variance: number;
  /** Sum of each channel, [3]. */
  readonly sums: Float64Array;
  readonly upright: Float32Array;
  readonly mirrored: Float32Array;
}

/** What the search computes once per picture and reuses for the picture's other pairs. */
interface Prepared {
  /** By their number of columns. */
  readonly patterns: readonly Pattern[];
  /** The signature that `means` were made from. */
  signature: Uint8Array;
  /** Mean of each channel, and its minimum and maximum over all positions of the smallest part: [3, 3]. */
  readonly means: Float64Array;
  /**
   * Summed-area table (Crow 1984), [WHOLE + 1, WHOLE + 1, 4]: sums of each channel and of the squares of all channels over
   * the cells above and to the left of a corner.
   */
  readonly corners: Float64Array;
}

/** State of {@link findPlacements}. */
export interface PlacementBuffers {
  readonly prepared: WeakMap<Picture, Prepared>;
  readonly runs: Float64Array;
  readonly shrunkRows: Float32Array;
  /** The best placements found so far, best first. */
  readonly slots: Candidate[];
  readonly found: Candidate[];
}

export function newPlacementBuffers(): PlacementBuffers {
  return {
    prepared: new WeakMap(),
    runs: new Float64Array(WHOLE * POSITIONS),
    shrunkRows: new Float32Array(WHOLE * WHOLE * 3),
    slots: Array.from({ length: CANDIDATES }, () => ({
      unexplained: 0,
      firstIsPart: false,
      placement: { x: 0, y: 0, width: 1, height: 1, mirrored: false },
    })),
    found: [],
  };
}

function prepare({ prepared, runs }: PlacementBuffers, picture: Picture): Prepared {
  let its = prepared.get(picture);
  if (!its) {
    const patterns = Array.from({ length: WHOLE + 1 }, () => ({
      signature: new Uint8Array(0),
      rows: 0,
      variance: 0,
      sums: new Float64Array(3),
      upright: new Float32Array(WHOLE * WHOLE * 3),
      mirrored: new Float32Array(WHOLE * WHOLE * 3),
    }));
    its = {
      patterns,
      signature: new Uint8Array(0),
      means: new Float64Array(9),
      corners: new Float64Array(CORNERS * CORNERS * 4),
    };
    prepared.set(picture, its);
  }
  if (its.signature !== picture.signature) {
    its.signature = picture.signature;
    fillMeans(runs, its.means, picture.color);
    fillCorners(its.corners, picture.color);
  }
  return its;
}

function patternOf(
  buffers: PlacementBuffers,
  picture: Picture,
  columns: number,
  rows: number,
): Pattern | undefined {
  const pattern = prepare(buffers, picture).patterns[columns];
  if (pattern && (pattern.signature !== picture.signature || pattern.rows !== rows)) {
    pattern.signature = picture.signature;
    pattern.rows = rows;
    fillPattern(buffers.shrunkRows, pattern, picture.color, columns, rows);
  }
  return pattern;
}

const CORNERS = WHOLE + 1;

function fillCorners(corners: Float64Array, color: ColorGrid): void {
  for (let y = 0, from = 0; y < WHOLE; y++) {
    let luminance = 0;
    let blue = 0;
    let red = 0;
    let squares = 0;
    for (let x = 0; x < WHOLE; x++, from += 3) {
      const l = color[from] as number;
      const b = color[from + 1] as number;
      const r = color[from + 2] as number;
      luminance += l;
      blue += b;
      red += r;
      squares += l * l + b * b + r * r;
      const above = (y * CORNERS + x + 1) * 4;
      const at = above + CORNERS * 4;
      corners[at] = (corners[above] as number) + luminance;
      corners[at + 1] = (corners[above + 1] as number) + blue;
      corners[at + 2] = (corners[above + 2] as number) + red;
      corners[at + 3] = (corners[above + 3] as number) + squares;
    }
  }
}

/**
 * Lower bound for the sum of squared differences between a pattern and a window, from their means and variances.
 * @param energy sum of the pattern's squared deviations from its means
 */
function leastDifference(
  corners: Float64Array,
  x: number,
  y: number,
  columns: number,
  rows: number,
  sums: Float64Array,
  energy: number,
): number {
  const northwest = (y * CORNERS + x) * 4;
  const northeast = northwest + columns * 4;
  const southwest = northwest + rows * CORNERS * 4;
  const southeast = southwest + columns * 4;
  const cells = columns * rows;
  let ofMeans = 0;
  let deviations =
    (corners[southeast + 3] as number) -
    (corners[southwest + 3] as number) -
    (corners[northeast + 3] as number) +
    (corners[northwest + 3] as number);
  for (let channel = 0; channel < 3; channel++) {
    const sum =
      (corners[southeast + channel] as number) -
      (corners[southwest + channel] as number) -
      (corners[northeast + channel] as number) +
      (corners[northwest + channel] as number);
    deviations -= (sum * sum) / cells;
    const apart = (sums[channel] as number) - sum;
    ofMeans += (apart * apart) / cells;
  }
  const spread = Math.sqrt(Math.max(0, deviations)) - Math.sqrt(energy);
  return ofMeans + spread * spread;
}

/** Positions of the smallest part along one axis. */
const POSITIONS = WHOLE - SMALLEST_PART + 1;

function fillMeans(runs: Float64Array, means: Float64Array, color: ColorGrid): void {
  for (let channel = 0; channel < 3; channel++) {
    let total = 0;
    for (let y = 0; y < WHOLE; y++) {
      let run = 0;
      for (let x = 0; x < WHOLE; x++) {
        const value = color[(y * WHOLE + x) * 3 + channel] as number;
        total += value;
        run += value;
        if (x >= SMALLEST_PART)
          run -= color[(y * WHOLE + x - SMALLEST_PART) * 3 + channel] as number;
        if (x >= SMALLEST_PART - 1) runs[y * POSITIONS + x - SMALLEST_PART + 1] = run;
      }
    }
    let least = Number.POSITIVE_INFINITY;
    let greatest = Number.NEGATIVE_INFINITY;
    for (let x = 0; x < POSITIONS; x++) {
      let sum = 0;
      for (let y = 0; y < WHOLE; y++) {
        sum += runs[y * POSITIONS + x] as number;
        if (y >= SMALLEST_PART) sum -= runs[(y - SMALLEST_PART) * POSITIONS + x] as number;
        if (y < SMALLEST_PART - 1) continue;
        least = Math.min(least, sum);
        greatest = Math.max(greatest, sum);
      }
    }
    means[channel * 3] = total / (WHOLE * WHOLE);
    means[channel * 3 + 1] = least / (SMALLEST_PART * SMALLEST_PART);
    means[channel * 3 + 2] = greatest / (SMALLEST_PART * SMALLEST_PART);
  }
}

/** Whether the part's mean color occurs anywhere in the whole. A cheap test that rules out most unrelated pairs. */
function canHold(buffers: PlacementBuffers, whole: Picture, part: Picture): boolean {
  const outer = prepare(buffers, whole).means;
  const inner = prepare(buffers, part).means;
  for (let at = 0; at < 9; at += 3) {
    const mean = inner[at] as number;
    if (mean < (outer[at + 1] as number) - MEAN_SLACK) return false;
    if (mean > (outer[at + 2] as number) + MEAN_SLACK) return false;
  }
  return true;
}

function fillPattern(
  shrunkRows: Float32Array,
  pattern: Pattern,
  color: ColorGrid,
  columns: number,
  rows: number,
): void {
  const across = shrinks[columns];
  const down = shrinks[rows];
  if (!across || !down) return;
  const stride = columns * 3;
  for (let y = 0, into = 0; y < WHOLE; y++) {
    for (let x = 0; x < columns; x++, into += 3) {
      let at = (y * WHOLE + (across.first[x] as number)) * 3;
      let luminance = 0;
      let blue = 0;
      let red = 0;
      for (let tap = x * across.span; tap < (x + 1) * across.span; tap++, at += 3) {
        const weight = across.weight[tap] as number;
        luminance += weight * (color[at] as number);
        blue += weight * (color[at + 1] as number);
        red += weight * (color[at + 2] as number);
      }
      shrunkRows[into] = luminance;
      shrunkRows[into + 1] = blue;
      shrunkRows[into + 2] = red;
    }
  }
  const { upright, mirrored } = pattern;
  upright.fill(0);
  for (let y = 0; y < rows; y++) {
    for (let tap = 0; tap < down.span; tap++) {
      const weight = down.weight[y * down.span + tap] as number;
      let from = ((down.first[y] as number) + tap) * stride;
      for (let into = y * stride; into < (y + 1) * stride; into++, from++)
        upright[into] = (upright[into] as number) + weight * (shrunkRows[from] as number);
    }
  }
  let luminance = 0;
  let blue = 0;
  let red = 0;
  let squares = 0;
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const at = y * stride + x * 3;
      const into = y * stride + (columns - 1 - x) * 3;
      const l = upright[at] as number;
      const b = upright[at + 1] as number;
      const r = upright[at + 2] as number;
      mirrored[into] = l;
      mirrored[into + 1] = b;
      mirrored[into + 2] = r;
      luminance += l;
      blue += b;
      red += r;
      squares += l * l + b * b + r * r;
    }
  }
  const cells = columns * rows;
  const ofMeans = luminance * luminance + blue * blue + red * red;
  pattern.variance = (squares - ofMeans / cells) / cells;
  pattern.sums[0] = luminance;
  pattern.sums[1] = blue;
  pattern.sums[2] = red;
}

/** Returns a slot for a placement that is among the best so far. */
function slotFor(slots: Candidate[], unexplained: number): Candidate | undefined {
  let at = CANDIDATES - 1;
  const slot = slots[at];
  if (!slot || unexplained >= slot.unexplained) return undefined;
  for (; at > 0; at--) {
    const better = slots[at - 1];
    if (!better || better.unexplained <= unexplained) break;
    slots[at] = better;
  }
  slots[at] = slot;
  slot.unexplained = unexplained;
  return slot;
}

/** Matches a pattern at every position in a whole and keeps the best. */
function searchPositions(
  buffers: PlacementBuffers,
  picture: Picture,
  { variance, sums, upright, mirrored: turned, rows }: Pattern,
  columns: number,
  firstIsPart: boolean,
  mirrored: boolean,
): void {
  const { slots } = buffers;
  const whole = picture.color;
  const { corners } = prepare(buffers, picture);
  const pattern = mirrored ? turned : upright;
  const energy = Math.max(0, variance) * columns * rows;
  // A part as large as the whole can only be shifted, by at most one cell.
  const slackX = columns === WHOLE ? 1 : 0;
  const slackY = rows === WHOLE ? 1 : 0;
  for (let y = -slackY; y <= WHOLE - rows + slackY; y++) {
    for (let x = -slackX; x <= WHOLE - columns + slackX; x++) {
      const fromColumn = x < 0 ? -x : 0;
      const toColumn = x + columns > WHOLE ? WHOLE - x : columns;
      const fromRow = y < 0 ? -y : 0;
      const toRow = y + rows > WHOLE ? WHOLE - y : rows;
      const scale = 1 / (variance * (toColumn - fromColumn) * (toRow - fromRow));
      const limit = (slots[CANDIDATES - 1]?.unexplained ?? 0) / scale;
      const isInside = toColumn - fromColumn === columns && toRow - fromRow === rows;
      if (
        isInside &&
        leastDifference(corners, x, y, columns, rows, sums, energy) > limit + ROUNDING
      )
        continue;
      let sum = 0;
      for (let row = fromRow; row < toRow && sum < limit; row++) {
        const end = (row * columns + toColumn) * 3;
        let at = ((y + row) * WHOLE + x + fromColumn) * 3;
        for (let i = (row * columns + fromColumn) * 3; i < end; i += 3, at += 3) {
          const luminance = (pattern[i] as number) - (whole[at] as number);
          const blue = (pattern[i + 1] as number) - (whole[at + 1] as number);
          const red = (pattern[i + 2] as number) - (whole[at + 2] as number);
          sum += luminance * luminance + blue * blue + red * red;
        }
      }
      if (sum >= limit) continue;
      const slot = slotFor(slots, sum * scale);
      if (!slot) continue;
      slot.firstIsPart = firstIsPart;
      slot.placement.x = x / WHOLE;
      slot.placement.y = y / WHOLE;
      slot.placement.width = columns / WHOLE;
      slot.placement.height = rows / WHOLE;
      slot.placement.mirrored = mirrored;
    }
  }
}

function searchParts(
  buffers: PlacementBuffers,
  whole: Picture,
  part: Picture,
  stretch: number,
  firstIsPart: boolean,
): void {
  const holds = canHold(buffers, whole, part);
  for (let columns = SMALLEST_PART; columns <= WHOLE; columns++) {
    const rows = Math.round(columns * stretch);
    if (rows < SMALLEST_PART || rows > WHOLE) continue;
    // A shift uncovers an area of another color, so a shifted picture may fail that test.
    if (!holds && (columns < WHOLE || rows < WHOLE)) continue;
    // Two shifted wholes need to be tried in one order only.
    if (firstIsPart && columns === WHOLE && rows === WHOLE) continue;
    const pattern = patternOf(buffers, part, columns, rows);
    if (!pattern || pattern.variance < FLAT_VARIANCE) continue;
    searchPositions(buffers, whole, pattern, columns, firstIsPart, false);
    searchPositions(buffers, whole, pattern, columns, firstIsPart, true);
  }
}

/**
 * Searches for either picture as a part of the other, upright or mirrored, from half to full side, exhaustively on the
 * 8x8 color grids. Most unrelated pairs are rejected here.
 * @param stretch ratio of the aspect ratios, `(a.width / a.height) / (b.width / b.height)`. Both pictures are squashed to
 *   squares, so this is also the ratio of height to width of a part that was cut out without distortion.
 * @returns the most promising placements, best first; valid until the next call
 */
export function findPlacements(
  buffers: PlacementBuffers,
  a: Picture,
  b: Picture,
  stretch: number,
): readonly Candidate[] {
  const { slots, found } = buffers;
  for (const slot of slots) slot.unexplained = MOST_UNEXPLAINED;
  searchParts(buffers, a, b, stretch, false);
  searchParts(buffers, b, a, 1 / stretch, true);
  found.length = 0;
  for (const slot of slots) if (slot.unexplained < MOST_UNEXPLAINED) found.push(slot);
  return found;
}

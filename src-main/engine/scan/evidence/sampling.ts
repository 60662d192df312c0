import type { ColorGrid } from "./color-agreement.ts";
import { COARSE_SIDE, FINE_SIDE, fineOf, halve, type Picture } from "./picture.ts";
import { CHROMA_SIDE } from "./signature.ts";

/** A rectangle in a picture of side 1. A negative width reads it mirrored, from `x` to the left. */
export interface Window {
  x: number;
  y: number;
  width: number;
  height: number;
  /** Width and height of the area that each sampled cell averages, in fine cells of the picture, from 1 to 4. */
  spreadX: number;
  spreadY: number;
}

export function newWindow(): Window {
  return { x: 0, y: 0, width: 1, height: 1, spreadX: 2, spreadY: 2 };
}

/** Largest number of source cells that a sampled cell averages. */
export const LARGEST_SPREAD = 4;
/** Source cells that a sampled cell can touch: one more than it averages if it starts within a cell. */
const TAPS = LARGEST_SPREAD + 1;

/** Source cells of each sampled cell along one axis, and their weights. */
interface Reading {
  /** Source cells per sampled cell, up to `TAPS`. */
  taps: number;
  /** `[cells, taps]`: source cells, with replicated edges. */
  readonly source: Int32Array;
  /** `[cells, taps]` */
  readonly weight: Float64Array;
}

function newReading(): Reading {
  return {
    taps: 0,
    source: new Int32Array(FINE_SIDE * TAPS),
    weight: new Float64Array(FINE_SIDE * TAPS),
  };
}

/** Scratch memory of {@link sampleLuminance} and {@link sampleColor}. */
export interface SamplingBuffers {
  readonly across: Reading;
  readonly down: Reading;
  readonly rows: Float64Array;
  readonly halved: Float32Array;
}

export function newSamplingBuffers(): SamplingBuffers {
  return {
    across: newReading(),
    down: newReading(),
    rows: new Float64Array(FINE_SIDE * FINE_SIDE),
    halved: new Float32Array(CHROMA_SIDE * CHROMA_SIDE),
  };
}

/** Averages `spread` source cells around each sampled cell's center; a spread of 1 is linear interpolation. */
function readAxis(
  start: number,
  length: number,
  from: number,
  to: number,
  spread: number,
  into: Reading,
): void {
  const { source, weight } = into;
  const taps = Math.min(TAPS, Math.ceil(spread) + 1);
  const step = (length * from) / to;
  const reach = spread / 2;
  const last = from - 1;
  into.taps = taps;
  for (let cell = 0, at = 0; cell < to; cell++) {
    const center = start * from + (cell + 0.5) * step;
    const low = center - reach;
    const high = center + reach;
    const first = Math.floor(low);
    for (let tap = 0; tap < taps; tap++, at++) {
      const covered = Math.min(high, first + tap + 1) - Math.max(low, first + tap);
      weight[at] = covered > 0 ? covered / (high - low) : 0;
      source[at] = Math.max(0, Math.min(first + tap, last));
    }
  }
}

/** Samples a window of one channel of a row-major [from, from, channels] grid as [to, to], replicating edges. */
function readWindow(
  buffers: SamplingBuffers,
  grid: Float32Array,
  from: number,
  channels: number,
  channel: number,
  window: Window,
  spreadX: number,
  spreadY: number,
  to: number,
  into: Float32Array,
): void {
  const { across, down, rows } = buffers;
  readAxis(window.x, window.width, from, to, spreadX, across);
  readAxis(window.y, window.height, from, to, spreadY, down);
  const top = down.source[0] as number;
  const bottom = down.source[to * down.taps - 1] as number;
  for (let y = top; y <= bottom; y++)
    readLine(buffers, grid, y * from, channels, channel, to, y * to);
  const { taps, source, weight } = down;
  for (let y = 0, at = channel; y < to; y++) {
    const tap = y * taps;
    // Usually there are two or three taps; unrolling the first two avoids most inner loops.
    const row0 = (source[tap] as number) * to;
    const row1 = (source[tap + 1] as number) * to;
    const weight0 = weight[tap] as number;
    const weight1 = weight[tap + 1] as number;
    for (let x = 0; x < to; x++, at += channels) {
      let sum = weight0 * (rows[row0 + x] as number) + weight1 * (rows[row1 + x] as number);
      for (let more = tap + 2; more < tap + taps; more++)
        sum += (weight[more] as number) * (rows[(source[more] as number) * to + x] as number);
      into[at] = sum;
    }
  }
}

/** Samples one line of a grid along `across` into `rows`. */
function readLine(
  { across, rows }: SamplingBuffers,
  grid: Float32Array,
  lineStart: number,
  channels: number,
  channel: number,
  to: number,
  rowStart: number,
): void {
  const { taps, source, weight } = across;
  for (let x = 0, at = 0; x < to; x++) {
    let sum = 0;
    for (const end = at + taps; at < end; at++) {
      const cell = lineStart + (source[at] as number);
      sum += (weight[at] as number) * (grid[cell * channels + channel] as number);
    }
    rows[rowStart + x] = sum;
  }
}

/** Samples a window's luminance as [side, side]; `side` up to 32. */
export function sampleLuminance(
  buffers: SamplingBuffers,
  picture: Picture,
  window: Window,
  side: number,
  into: Float32Array,
): void {
  const { spreadX, spreadY } = window;
  readWindow(buffers, fineOf(picture), FINE_SIDE, 1, 0, window, spreadX, spreadY, side, into);
}

/** Side of a window's color grid, which has fewer chroma cells than a whole picture. */
export const SAMPLED_COLOR_SIDE = CHROMA_SIDE / 2;

/**
 * Samples a window's colors as a [4, 4, 3] color grid.
 * @param luminance the window's luminance from `sampleLuminance`, [16, 16]
 */
export function sampleColor(
  buffers: SamplingBuffers,
  picture: Picture,
  window: Window,
  luminance: Float32Array,
  into: ColorGrid,
): void {
  const { halved } = buffers;
  halve(luminance, COARSE_SIDE, halved);
  halve(halved, CHROMA_SIDE, into, 3);
  // Two cells in each direction, to reduce the effect of the blurred chroma grid.
  const spreadX = Math.max(1, (Math.abs(window.width) * CHROMA_SIDE) / SAMPLED_COLOR_SIDE);
  const spreadY = Math.max(1, (window.height * CHROMA_SIDE) / SAMPLED_COLOR_SIDE);
  const { color } = picture;
  const side = SAMPLED_COLOR_SIDE;
  for (let channel = 1; channel < 3; channel++)
    readWindow(buffers, color, CHROMA_SIDE, 3, channel, window, spreadX, spreadY, side, into);
}

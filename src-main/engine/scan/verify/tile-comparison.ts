/** One channel, row-major `[height, width]`, in levels. */
export interface Plane {
  readonly data: Float32Array;
  readonly width: number;
  readonly height: number;
}

/** A picture as luminance and, at half its resolution, two planes of chroma. */
export type ComparedPlanes = readonly [Plane, Plane, Plane];

/** What differs between two aligned pictures. */
export interface TileVerdict {
  /** Share of the tiles with content in either picture, in [0, 1]. */
  readonly content: number;
  /** Share of the tiles with content that differ more than re-encoding could make them, in [0, 1]. */
  readonly differing: number;
  /** How far the worst tile exceeds what re-encoding explains: above 1 is a local difference. */
  readonly excess: number;
}

/** Side in pixels of the cells that statistics are summed over. */
const CELL = 4;
/** A tile has 2 x 2 cells. Tiles overlap by half. */
const TILE_CELLS = 2;
/** Deviation within a tile, in levels, from which it has content. */
const CONTENT_LEVELS = 4;
/** Residual in levels that any encoder may leave in a plain tile. */
const NOISE_LEVELS = 2.5;
/** Multiple of a pair's own typical residual that counts as a local difference. */
const OUTLIER = 3.5;
/** Levels that a tile must differ by at least: less is hardly visible. */
const LEAST_LEVELS = 9;
/** Residuals relative to the gradient that re-encoding may leave at most, and that are assumed at least. */
const MOST_RELATIVE = 0.5;
const LEAST_RELATIVE = 0.06;

/** Statistics of one tile in one plane. */
interface Tiles {
  readonly count: number;
  /** Root mean square residual per tile. */
  readonly residual: Float64Array;
  /** The weaker of both pictures' gradients per tile: an object that only one picture shows has none in the other. */
  readonly gradient: Float64Array;
  /** The stronger of both pictures' deviations per tile. */
  readonly deviation: Float64Array;
}

/**
 * Compares two aligned pictures of one size tile by tile, after removing one change of brightness and contrast for the whole picture.
 * Re-encoding and resampling leave residuals in proportion to the detail, everywhere alike; the pair's own tiles say how large
 * these are.
 */
export function compareTiles(a: ComparedPlanes, b: ComparedPlanes): TileVerdict {
  const verdict = { content: 0, differing: 0, excess: 0 };
  a.forEach((plane, index) => {
    const tiles = measureTiles(plane, b[index] as Plane); // both have the same planes
    const relative = typicalRelative(tiles);
    let [content, differing] = [0, 0];
    for (let tile = 0; tile < tiles.count; tile++) {
      const explained = NOISE_LEVELS + relative * (tiles.gradient[tile] as number);
      const residual = tiles.residual[tile] as number;
      const excess = residual / Math.max(LEAST_LEVELS, OUTLIER * explained);
      verdict.excess = Math.max(verdict.excess, excess);
      if ((tiles.deviation[tile] as number) < CONTENT_LEVELS) continue;
      content++;
      if (excess > 1) differing++;
    }
    verdict.content = Math.max(verdict.content, content / tiles.count);
    verdict.differing = Math.max(verdict.differing, content > 0 ? differing / content : 0);
  });
  return verdict;
}

/** The median of residual to gradient over tiles with detail, within bounds. */
function typicalRelative({ count, residual, gradient }: Tiles): number {
  const ratios: number[] = [];
  for (let tile = 0; tile < count; tile++) {
    const detail = gradient[tile] as number;
    if (detail < CONTENT_LEVELS) continue;
    ratios.push(Math.max(0, (residual[tile] as number) - NOISE_LEVELS) / detail);
  }
  ratios.sort((x, y) => x - y);
  const median = ratios[ratios.length >> 1] ?? 0;
  return Math.min(MOST_RELATIVE, Math.max(LEAST_RELATIVE, median));
}

/** What is summed over each cell. */
const Sum = { n: 0, squares: 1, gradientP: 2, gradientQ: 3, p: 4, q: 5, pp: 6, qq: 7 } as const;
const SUMS = 8;

function measureTiles(one: Plane, other: Plane): Tiles {
  const { width, height } = one;
  const p = soften(one);
  const q = soften(other);
  matchTone(p, q);
  const columns = Math.ceil(width / CELL);
  const rows = Math.ceil(height / CELL);
  const cells = sumCells(p, q, width, height, columns);
  const across = Math.max(1, columns - 1);
  const count = across * Math.max(1, rows - 1);
  const tiles = {
    count,
    residual: new Float64Array(count),
    gradient: new Float64Array(count),
    deviation: new Float64Array(count),
  };
  const sums = new Float64Array(SUMS);
  const sum = (index: number) => sums[index] as number;
  for (let tile = 0; tile < count; tile++) {
    const [left, top] = [tile % across, Math.floor(tile / across)];
    sums.fill(0);
    for (let row = top; row < Math.min(rows, top + TILE_CELLS); row++)
      for (let column = left; column < Math.min(columns, left + TILE_CELLS); column++)
        for (let index = 0, at = (row * columns + column) * SUMS; index < SUMS; index++, at++)
          sums[index] = sum(index) + (cells[at] as number);
    const n = sum(Sum.n);
    const gradient = Math.min(sum(Sum.gradientP), sum(Sum.gradientQ));
    const varianceP = sum(Sum.pp) / n - (sum(Sum.p) / n) ** 2;
    const varianceQ = sum(Sum.qq) / n - (sum(Sum.q) / n) ** 2;
    tiles.residual[tile] = Math.sqrt(sum(Sum.squares) / n);
    tiles.gradient[tile] = Math.sqrt(gradient / n);
    tiles.deviation[tile] = Math.sqrt(Math.max(0, varianceP, varianceQ));
  }
  return tiles;
}

/** Sums over the cells of both pictures, `[rows, columns, SUMS]`. Gradients are central differences. */
function sumCells(
  p: Float32Array,
  q: Float32Array,
  width: number,
  height: number,
  columns: number,
): Float64Array {
  const cells = new Float64Array(columns * Math.ceil(height / CELL) * SUMS);
  for (let y = 0; y < height; y++) {
    const up = y > 0 ? width : 0;
    const down = y < height - 1 ? width : 0;
    for (let left = 0; left < width; left += CELL) {
      const end = Math.min(width, left + CELL);
      let [squares, gp, gq, sp, sq, spp, sqq] = [0, 0, 0, 0, 0, 0, 0];
      for (let x = left, at = y * width + left; x < end; x++, at++) {
        const before = x > 0 ? at - 1 : at;
        const after = x < width - 1 ? at + 1 : at;
        const vp = p[at] as number;
        const vq = q[at] as number;
        const px = (p[after] as number) - (p[before] as number);
        const py = (p[at + down] as number) - (p[at - up] as number);
        const qx = (q[after] as number) - (q[before] as number);
        const qy = (q[at + down] as number) - (q[at - up] as number);
        squares += (vp - vq) * (vp - vq);
        gp += px * px + py * py;
        gq += qx * qx + qy * qy;
        sp += vp;
        sq += vq;
        spp += vp * vp;
        sqq += vq * vq;
      }
      const at = (Math.floor(y / CELL) * columns + left / CELL) * SUMS;
      const add = (index: number, value: number) => {
        cells[at + index] = (cells[at + index] as number) + value;
      };
      add(Sum.n, end - left);
      add(Sum.squares, squares);
      add(Sum.gradientP, gp);
      add(Sum.gradientQ, gq);
      add(Sum.p, sp);
      add(Sum.q, sq);
      add(Sum.pp, spp);
      add(Sum.qq, sqq);
    }
  }
  return cells;
}

/** Smooths with the kernel [1, 2, 1] / 4 in both directions, which hides what different resampling filters leave. */
function soften({ data, width, height }: Plane): Float32Array {
  const rows = new Float32Array(data.length);
  const into = new Float32Array(data.length);
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++, at++) {
      const left = data[x > 0 ? at - 1 : at] as number;
      const right = data[x < width - 1 ? at + 1 : at] as number;
      rows[at] = (left + 2 * (data[at] as number) + right) / 4;
    }
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++, at++) {
      const above = rows[y > 0 ? at - width : at] as number;
      const below = rows[y < height - 1 ? at + width : at] as number;
      into[at] = (above + 2 * (rows[at] as number) + below) / 4;
    }
  return into;
}

/** Changes brightness and contrast of `q` to fit `p` by least squares, within what editors of light do. */
function matchTone(p: Float32Array, q: Float32Array): void {
  const n = p.length;
  let [sp, sq, sqq, spq] = [0, 0, 0, 0];
  for (let at = 0; at < n; at++) {
    const [vp, vq] = [p[at] as number, q[at] as number];
    sp += vp;
    sq += vq;
    sqq += vq * vq;
    spq += vp * vq;
  }
  const variance = sqq / n - (sq / n) ** 2;
  const slope = variance > 1 ? (spq / n - (sp / n) * (sq / n)) / variance : 1;
  const gain = slope > 0.8 && slope < 1.25 ? slope : 1;
  const shift = sp / n - gain * (sq / n);
  for (let at = 0; at < n; at++) q[at] = gain * (q[at] as number) + shift;
}

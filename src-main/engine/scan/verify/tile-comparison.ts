/** Two pictures of one size to compare: planes of luminance and two of chroma, row-major `[height, width]`, in levels. */
export interface ComparedPlanes {
  readonly width: number;
  readonly height: number;
  readonly planes: readonly [Float32Array, Float32Array, Float32Array];
}

/** What differs between two aligned pictures. */
export interface TileVerdict {
  /** Share of the tiles with content in either picture, in [0, 1]. */
  readonly content: number;
  /** Share of the tiles with content that differ more than re-encoding could make them, in [0, 1]. */
  readonly differing: number;
  /** How far the worst tile exceeds what re-encoding explains: above 1 is a local difference. */
  readonly excess: number;
}

/** Side of a tile in pixels. Tiles overlap by half. */
const TILE = 8;
const STEP = TILE / 2;
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
 * Compares two aligned pictures tile by tile, after removing one change of brightness and contrast for the whole picture. Re-encoding
 * and resampling leave residuals in proportion to the detail, everywhere alike; the pair's own tiles say how large these are.
 */
export function compareTiles(a: ComparedPlanes, b: ComparedPlanes): TileVerdict {
  const { width, height } = a;
  let excess = 0;
  let contentTiles = 0;
  let differingTiles = 0;
  let count = 1;
  const marks = new Map<number, boolean>();
  a.planes.forEach((plane, index) => {
    const tiles = measureTiles(plane, b.planes[index] as Float32Array, width, height);
    count = tiles.count;
    const relative = typicalRelative(tiles);
    for (let tile = 0; tile < tiles.count; tile++) {
      const residual = tiles.residual[tile] as number;
      const explained = NOISE_LEVELS + relative * (tiles.gradient[tile] as number);
      const ratio = residual / Math.max(LEAST_LEVELS, OUTLIER * explained);
      excess = Math.max(excess, ratio);
      if ((tiles.deviation[tile] as number) < CONTENT_LEVELS) continue;
      marks.set(tile, (marks.get(tile) ?? false) || ratio > 1);
    }
  });
  for (const differs of marks.values()) {
    contentTiles++;
    if (differs) differingTiles++;
  }
  return {
    content: contentTiles / count,
    differing: contentTiles > 0 ? differingTiles / contentTiles : 0,
    excess,
  };
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

function measureTiles(p: Float32Array, q: Float32Array, width: number, height: number): Tiles {
  const first = soften(p, width, height);
  const second = soften(q, width, height);
  matchTone(first, second);
  const [gradientA, gradientB] = [
    gradients(first, width, height),
    gradients(second, width, height),
  ];
  const columns = tileCount(width);
  const rows = tileCount(height);
  const count = columns * rows;
  const tiles = {
    count,
    residual: new Float64Array(count),
    gradient: new Float64Array(count),
    deviation: new Float64Array(count),
  };
  for (let row = 0, tile = 0; row < rows; row++) {
    const top = tileStart(row, rows, height);
    for (let column = 0; column < columns; column++, tile++) {
      const left = tileStart(column, columns, width);
      let squares = 0;
      let [ga, gb, sa, sb, saa, sbb, n] = [0, 0, 0, 0, 0, 0, 0];
      for (let y = top; y < Math.min(height, top + TILE); y++) {
        for (let x = left, at = y * width + left; x < Math.min(width, left + TILE); x++, at++) {
          const [va, vb] = [first[at] as number, second[at] as number];
          squares += (va - vb) ** 2;
          ga += gradientA[at] as number;
          gb += gradientB[at] as number;
          sa += va;
          sb += vb;
          saa += va * va;
          sbb += vb * vb;
          n++;
        }
      }
      tiles.residual[tile] = Math.sqrt(squares / n);
      tiles.gradient[tile] = Math.sqrt(Math.min(ga, gb) / n);
      tiles.deviation[tile] = Math.sqrt(
        Math.max(0, saa / n - (sa / n) ** 2, sbb / n - (sb / n) ** 2),
      );
    }
  }
  return tiles;
}

const tileCount = (side: number) => Math.max(1, Math.ceil((side - TILE) / STEP) + 1);

/** The last tile ends at the edge. */
function tileStart(index: number, count: number, side: number): number {
  return index === count - 1 ? Math.max(0, side - TILE) : index * STEP;
}

/** Smooths with the kernel [1, 2, 1] / 4 in both directions, which hides what different resampling filters leave. */
function soften(plane: Float32Array, width: number, height: number): Float32Array {
  const rows = new Float32Array(plane.length);
  const into = new Float32Array(plane.length);
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++, at++) {
      const left = plane[x > 0 ? at - 1 : at] as number;
      const right = plane[x < width - 1 ? at + 1 : at] as number;
      rows[at] = (left + 2 * (plane[at] as number) + right) / 4;
    }
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++, at++) {
      const above = rows[y > 0 ? at - width : at] as number;
      const below = rows[y < height - 1 ? at + width : at] as number;
      into[at] = (above + 2 * (rows[at] as number) + below) / 4;
    }
  return into;
}

/** Squared gradients by central differences. */
function gradients(plane: Float32Array, width: number, height: number): Float32Array {
  const into = new Float32Array(plane.length);
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++, at++) {
      const dx =
        (plane[x < width - 1 ? at + 1 : at] as number) - (plane[x > 0 ? at - 1 : at] as number);
      const dy =
        (plane[y < height - 1 ? at + width : at] as number) -
        (plane[y > 0 ? at - width : at] as number);
      into[at] = dx * dx + dy * dy;
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

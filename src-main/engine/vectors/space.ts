import { columnScales, scaleColumns } from "./column-normalize.ts";
import { distance, dot, type Metric } from "./float32.ts";
import { fitPca, projectOnto } from "./pca.ts";

/** Dimensions that DNIKit's `Duplicates` recipe reduces to. */
const DNIKIT_DIMENSIONS = 40;

/** The vectors that neighbors are searched among, and how near two of them are. */
export interface Space {
  /** Row-major `[nodes, dimensions]`. */
  readonly vectors: Float32Array;
  readonly dimensions: number;
  readonly metric: Metric;
  /** Brings embeddings that are not of the data set into this space. @param rows unit vectors, row-major. */
  readonly place: (rows: Float32Array) => Float32Array;
}

export interface Reduction {
  readonly preset: "dnikit" | null;
  readonly pca: number | null;
}

/**
 * The space that a scan searches.
 * - as it comes: the unit vectors themselves, by cosine
 * - `pca`: their first principal components, brought back to unit length, by cosine
 * - `dnikit`: 40 (or `pca`) principal components, every column divided by its norm over the data set, by Euclidean distance
 * @param embeddings unit vectors, row-major `[nodes, dimensions]`.
 * @param copies files of each node: the statistics are those of the files.
 */
export function spaceOf(
  embeddings: Float32Array,
  dimensions: number,
  copies: Int32Array,
  { preset, pca }: Reduction,
): Space {
  if (preset === "dnikit") {
    const reduced = reduce(embeddings, dimensions, copies, pca ?? DNIKIT_DIMENSIONS);
    const scales = columnScales(reduced.vectors, reduced.dimensions, copies);
    return {
      ...reduced,
      vectors: scaleColumns(reduced.vectors, scales),
      metric: "euclidean",
      place: (rows) => scaleColumns(reduced.place(rows), scales),
    };
  }
  if (pca === null) {
    return { vectors: embeddings, dimensions, metric: "cosine", place: (rows) => rows };
  }
  const reduced = reduce(embeddings, dimensions, copies, pca);
  return {
    ...reduced,
    vectors: normalizeRows(reduced.vectors, reduced.dimensions),
    metric: "cosine",
    place: (rows) => normalizeRows(reduced.place(rows), reduced.dimensions),
  };
}

function reduce(
  embeddings: Float32Array,
  dimensions: number,
  copies: Int32Array,
  count: number,
): Omit<Space, "metric"> {
  // There are no more components than dimensions, nor than pictures.
  const wanted = Math.max(1, Math.min(count, dimensions, copies.length));
  if (copies.length === 0) return { vectors: embeddings, dimensions, place: (rows) => rows };
  const pca = fitPca(embeddings, dimensions, wanted, copies);
  const place = (rows: Float32Array) => projectOnto(pca, rows);
  return { vectors: place(embeddings), dimensions: pca.components.length, place };
}

/** Brings rows to unit length, in place. */
function normalizeRows(vectors: Float32Array, dimensions: number): Float32Array {
  for (let start = 0; start < vectors.length; start += dimensions) {
    const row = vectors.subarray(start, start + dimensions);
    const norm = Math.hypot(...row);
    if (norm > 0) for (let d = 0; d < dimensions; d++) row[d] = (row[d] as number) / norm;
  }
  return vectors;
}

/** Dot product of two rows in double precision, the same in every run. */
export function rowDot(vectors: Float32Array, dimensions: number, a: number, b: number): number {
  return dot(vectors, a * dimensions, vectors, b * dimensions, dimensions);
}

/** Euclidean distance of two rows in double precision. */
export function rowDistance(
  vectors: Float32Array,
  dimensions: number,
  a: number,
  b: number,
): number {
  return distance(vectors, a * dimensions, vectors, b * dimensions, dimensions);
}

import { DNIKIT } from "../../contract/dnikit.ts";
import { columnScales, scaleColumns } from "./column-normalize.ts";
import { distance, dot, type Metric } from "./float32.ts";
import { fitPca, projectOnto } from "./pca.ts";

/** The vectors to search for neighbors, and their metric. */
export interface Space {
  /** Row-major `[nodes, dimensions]`. */
  readonly vectors: Float32Array;
  readonly dimensions: number;
  readonly metric: Metric;
  /** Maps embeddings from outside the data set into this space. @param rows unit vectors, row-major. */
  readonly transform: (rows: Float32Array) => Float32Array;
}

export interface Reduction {
  readonly preset: "dnikit" | null;
  readonly pca: number | null;
}

/**
 * The space that a scan searches.
 * - by default: the unit vectors themselves, cosine
 * - `pca`: their first principal components, normalized again, cosine
 * - `dnikit`: `DNIKIT.dimensions` (or `pca`) principal components, every column divided by its norm over the data set, Euclidean distance
 * @param embeddings unit vectors, row-major `[nodes, dimensions]`.
 * @param copies files per node, which weight the statistics.
 */
export function spaceOf(
  embeddings: Float32Array,
  dimensions: number,
  copies: Int32Array,
  { preset, pca }: Reduction,
): Space {
  if (preset === "dnikit") {
    const reduced = reduce(embeddings, dimensions, copies, pca ?? DNIKIT.dimensions);
    const scales = columnScales(reduced.vectors, reduced.dimensions, copies);
    return {
      ...reduced,
      vectors: scaleColumns(reduced.vectors, scales),
      metric: "euclidean",
      transform: (rows) => scaleColumns(reduced.transform(rows), scales),
    };
  }
  if (pca === null) {
    return { vectors: embeddings, dimensions, metric: "cosine", transform: (rows) => rows };
  }
  const reduced = reduce(embeddings, dimensions, copies, pca);
  return {
    ...reduced,
    vectors: normalizeRows(reduced.vectors, reduced.dimensions),
    metric: "cosine",
    transform: (rows) => normalizeRows(reduced.transform(rows), reduced.dimensions),
  };
}

function reduce(
  embeddings: Float32Array,
  dimensions: number,
  copies: Int32Array,
  count: number,
): Omit<Space, "metric"> {
  const wanted = Math.max(1, Math.min(count, dimensions, copies.length));
  if (copies.length === 0) return { vectors: embeddings, dimensions, transform: (rows) => rows };
  const pca = fitPca(embeddings, dimensions, wanted, copies);
  const transform = (rows: Float32Array) => projectOnto(pca, rows);
  return { vectors: transform(embeddings), dimensions: pca.components.length, transform };
}

/** Scales rows to unit length, in place. */
function normalizeRows(vectors: Float32Array, dimensions: number): Float32Array {
  for (let start = 0; start < vectors.length; start += dimensions) {
    const row = vectors.subarray(start, start + dimensions);
    const norm = Math.hypot(...row);
    if (norm > 0) for (let d = 0; d < dimensions; d++) row[d] = (row[d] as number) / norm;
  }
  return vectors;
}

/** Dot product of two rows, in double precision. */
export function rowDot(vectors: Float32Array, dimensions: number, a: number, b: number): number {
  return dot(vectors, a * dimensions, vectors, b * dimensions, dimensions);
}

/** Euclidean distance between two rows, in double precision. */
export function rowDistance(
  vectors: Float32Array,
  dimensions: number,
  a: number,
  b: number,
): number {
  return distance(vectors, a * dimensions, vectors, b * dimensions, dimensions);
}

import type { Pairs } from "../neighbors/pairs.ts";
import { dot } from "../reduce/dot-product.ts";
import {
  centroidOf,
  countPoints,
  offsetFrom,
  principalAxes,
  type WeightedRows,
} from "../reduce/principal-axes.ts";
import type { Clusters } from "./cluster.ts";
import { smallestSimilarity } from "./smallest-similarity.ts";
import { type Link, weakestLink } from "./weakest-link.ts";

/** Clusters of more files than this get a 2-D projection, as in DNIKit. */
const PROJECTED_ABOVE = 5;

/** What one cluster looks like. A node stands for one file or for several identical ones, which count apart. */
export interface ClusterStatistics {
  /** Number of files. */
  readonly size: number;
  /** Mean and population standard deviation of the files' Euclidean distances to their centroid. */
  readonly mean: number;
  readonly std: number;
  /** The cluster's nodes along their first principal component. */
  readonly order: Int32Array;
  /** Row-major `[order.length, 2]`: place of each node of `order` along the first two components; null up to 5 files. */
  readonly projection: Float64Array | null;
  /** Smallest cosine of any two files, in [-1, 1]; 1 when all are copies of one node. */
  readonly minSimilarity: number;
  readonly weakestLink: Link;
}

/** What the statistics of every cluster are made from; all by node. */
export interface ClusterSource {
  readonly pairs: Pairs;
  /** Number of files of each node. */
  readonly copies: Int32Array;
  readonly dimensions: number;
  /** The embeddings, row-major `[nodes, dimensions]`, for similarities. */
  readonly embeddings: Float32Array;
  /** The space that was searched, row-major `[nodes, searchedDimensions]`, for distances; often the embeddings. */
  readonly searched: Float32Array;
  readonly searchedDimensions: number;
}

/** Everything about cluster `cluster`. 20,000 clusters of 2 to 4 nodes in 256 dimensions take about SMALLTIME. */
export function describeCluster(
  clusters: Clusters,
  cluster: number,
  source: ClusterSource,
): ClusterStatistics {
  const nodes = clusters.nodes.subarray(
    clusters.nodeStart[cluster],
    clusters.nodeStart[cluster + 1],
  );
  const rows = clusters.pairRows.subarray(
    clusters.pairStart[cluster],
    clusters.pairStart[cluster + 1],
  );
  const points: WeightedRows = {
    values: source.searched,
    dimensions: source.searchedDimensions,
    rows: nodes,
    weights: source.copies,
  };
  return {
    ...centroidSpread(points),
    ...arrange(points),
    minSimilarity: smallestSimilarity(source.embeddings, source.dimensions, nodes),
    weakestLink: weakestLink(nodes, rows, source.pairs),
  };
}

/**
 * Number of points, mean and population standard deviation of their Euclidean distances to their centroid (DNIKit's
 * `mean` and `std`). Cheap: two passes over the rows.
 */
export function centroidSpread(
  points: WeightedRows,
): Pick<ClusterStatistics, "size" | "mean" | "std"> {
  const centroid = centroidOf(points);
  const total = countPoints(points);
  const offset = new Float64Array(points.dimensions);
  const distances = Array.from(points.rows, (row) => {
    offsetFrom(centroid, points, row, offset);
    return { distance: Math.sqrt(dot(offset, offset)), weight: points.weights?.[row] ?? 1 };
  });
  let mean = 0;
  for (const { distance, weight } of distances) mean += (distance * weight) / total;
  let variance = 0;
  for (const { distance, weight } of distances)
    variance += ((distance - mean) ** 2 * weight) / total;
  return { size: total, mean, std: Math.sqrt(variance) };
}

/**
 * The rows in the order of their first principal component, and their places along the first two when there are more
 * than 5 points.
 *
 * The direction follows `orientAxis`; equal places follow the row number; one or two rows follow the row number alone,
 * for their component says nothing but its arbitrary sign. The answer does not depend on the order of `rows`.
 */
export function arrange(points: WeightedRows): Pick<ClusterStatistics, "order" | "projection"> {
  const rows = points.rows.toSorted();
  const projected = countPoints(points) > PROJECTED_ABOVE;
  if (rows.length <= 2 && !projected) return { order: rows, projection: null };

  const sorted = { ...points, rows };
  const axes = principalAxes(sorted, projected ? 2 : 1);
  const centroid = centroidOf(sorted);
  const offset = new Float64Array(points.dimensions);
  const placed = Array.from(rows, (row) => {
    offsetFrom(centroid, sorted, row, offset);
    return { row, places: axes.map((axis) => dot(offset, axis)) };
  });
  // With three rows or more there is a first place.
  if (rows.length > 2)
    placed.sort((p, q) => (p.places[0] as number) - (q.places[0] as number) || p.row - q.row);
  return {
    order: Int32Array.from(placed, ({ row }) => row),
    projection: projected ? Float64Array.from(placed.flatMap(({ places }) => places)) : null,
  };
}

import type { Pairs } from "../../data/pairs.ts";
import type { ProjectView, ViewedOutput } from "../../data/project-view.ts";
import { type CenteredRows, centerRows } from "../../vectors/centered-rows.ts";
import { dotAt } from "../../vectors/float64.ts";
import { principalAxes } from "../../vectors/principal-axes.ts";
import type { Clusters } from "./cluster.ts";
import { partsOf } from "./group-pairs.ts";
import { smallestSimilarity } from "./smallest-similarity.ts";
import { type Link, weakestLink } from "./weakest-link.ts";

/** Clusters of more files than this get a 2-D projection, as in DNIKit. */
const PROJECTED_ABOVE = 5;

/** Statistics of one cluster. The identical files of a node count separately. */
export interface ClusterStatistics {
  /** Number of files. */
  readonly size: number;
  /** Mean and population standard deviation of the files' Euclidean distances to their centroid. */
  readonly mean: number;
  readonly std: number;
  /** The cluster's nodes along their first principal component. */
  readonly order: Int32Array;
  /** Row-major `[order.length, 2]`: coordinates of the nodes of `order` on the first two components; null up to 5 files. */
  readonly projection: Float64Array | null;
  /** Smallest cosine of any two files, in [-1, 1]; 1 when all are copies of one node. */
  readonly minSimilarity: number;
  readonly weakestLink: Link;
}

/** The input of cluster statistics, by node. */
export interface ClusterSource {
  readonly pairs: Pairs;
  /** Number of files per node. */
  readonly copies: Int32Array;
  readonly dimensions: number;
  /** The embeddings, row-major `[nodes, dimensions]`, for similarities. */
  readonly embeddings: Float32Array;
  /** The space that was searched, row-major `[nodes, searchedDimensions]`, for distances; often the embeddings. */
  readonly searched: Float32Array;
  readonly searchedDimensions: number;
}

/** The input of the statistics of clusters that contain these nodes. */
export function clusterSource(
  { nodes: { copies }, record }: ProjectView,
  modelOutput: ViewedOutput,
  nodes: Int32Array,
): ClusterSource {
  const { pairs, dimensions } = modelOutput;
  const embeddings = modelOutput.embeddings.of(nodes);
  const figures = { pairs, copies, dimensions, embeddings };
  // Where the scan searched the embeddings themselves, those of these nodes suffice. A reduced space is fitted to all of them.
  if (record.preset === null && record.pca === null) {
    return { ...figures, searched: embeddings, searchedDimensions: dimensions };
  }
  const { vectors, dimensions: searchedDimensions } = modelOutput.space;
  return { ...figures, searched: vectors, searchedDimensions };
}

/**
 * Everything about one cluster. Takes about 0.06 ms for 2 to 4 nodes in 256 dimensions, but seconds for tens of thousands.
 * Compute it only for clusters that are shown, not for all of them while a slider moves.
 */
export async function describeCluster(
  clusters: Clusters,
  cluster: number,
  source: ClusterSource,
): Promise<ClusterStatistics> {
  const { nodes, rows } = partsOf(clusters, cluster);
  const points = centerRows({
    values: source.searched,
    dimensions: source.searchedDimensions,
    rows: nodes,
    weights: source.copies,
  });
  return {
    ...centroidSpread(points),
    ...arrange(points),
    minSimilarity: await smallestSimilarity(source.embeddings, source.dimensions, nodes),
    weakestLink: weakestLink(nodes, rows, source.pairs, source.copies),
  };
}

/**
 * Number of points, mean and population standard deviation of their Euclidean distances to their centroid: DNIKit's
 * `mean` and `std`.
 */
export function centroidSpread(
  centered: CenteredRows,
): Pick<ClusterStatistics, "size" | "mean" | "std"> {
  const { offsets, dimensions, weights, points } = centered;
  const distances = Array.from(weights, (_, i) => {
    const start = i * dimensions;
    return Math.sqrt(dotAt(offsets, start, offsets, start, dimensions));
  });
  const average = (values: readonly number[]) =>
    values.reduce((sum, value, i) => sum + value * (weights[i] as number), 0) / points;
  const mean = average(distances);
  const variance = average(distances.map((distance) => (distance - mean) ** 2));
  return { size: points, mean, std: Math.sqrt(variance) };
}

/**
 * The rows in the order of their first principal component, and their places along the first two when there are more
 * than 5 points.
 *
 * The direction follows `orientAxis`. Rows with equal coordinates are ordered by row number, as are one or two rows, whose
 * component has only an arbitrary sign.
 */
export function arrange(centered: CenteredRows): Pick<ClusterStatistics, "order" | "projection"> {
  const { rows, offsets, dimensions, points } = centered;
  const projected = points > PROJECTED_ABOVE;
  if (rows.length <= 2 && !projected) return { order: rows, projection: null };

  const axes = principalAxes(centered, projected ? 2 : 1);
  const placed = Array.from(rows, (row, i) => {
    const coordinate = (axis: number) => {
      const direction = axes[axis]; // a space of one dimension has no second axis
      return direction ? dotAt(offsets, i * dimensions, direction, 0, dimensions) : 0;
    };
    return { row, x: coordinate(0), y: projected ? coordinate(1) : 0 };
  });
  if (rows.length > 2) placed.sort((p, q) => p.x - q.x || p.row - q.row);
  return {
    order: Int32Array.from(placed, ({ row }) => row),
    projection: projected ? Float64Array.from(placed.flatMap(({ x, y }) => [x, y])) : null,
  };
}

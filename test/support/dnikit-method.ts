import { clusterPairs } from "../../src-main/engine/analysis/clusters/cluster.ts";
import { sortedNonZero } from "../../src-main/engine/analysis/clusters/dnikit-distance.ts";
import { arrange, centroidSpread } from "../../src-main/engine/analysis/clusters/statistics.ts";
import {
  acceptPairs,
  resolveThreshold,
} from "../../src-main/engine/analysis/clusters/thresholds.ts";
import { centerRows } from "../../src-main/engine/vectors/centered-rows.ts";
import { normalizeColumns } from "../../src-main/engine/vectors/column-normalize.ts";
import { parseThreshold } from "../../src-main/text/thresholds.ts";
import { type Edge, pairsOf } from "./random-pairs.ts";

export interface DnikitCluster {
  readonly indices: number[];
  readonly mean: number;
  readonly std: number;
  readonly projection: boolean;
}

/**
 * DNIKit's `Duplicates`, assembled from the product's functions.
 * @param values row-major `[rows, dimensions]`
 * @param neighbors the nearest other rows of every row
 * @param threshold in command-line syntax
 */
export function dnikitDuplicates(
  values: Float32Array,
  dimensions: number,
  neighbors: readonly (readonly number[])[],
  threshold: string,
) {
  const normalized = normalizeColumns(values, dimensions);
  const edges = new Map<string, Edge>();
  const neighborDistances: number[] = [];
  for (const [a, others] of neighbors.entries()) {
    for (const b of others) {
      const distance = apart(a, b);
      neighborDistances.push(distance);
      const [low, high] = [Math.min(a, b), Math.max(a, b)];
      edges.set(`${low}-${high}`, { a: low, b: high, similarity: 0, distance });
    }
  }

  const distances = sortedNonZero(Float64Array.from(neighborDistances));
  const comparison = resolveThreshold(parseThreshold(threshold), distances);
  const pairs = pairsOf([...edges.values()]);
  const clusters = clusterPairs(
    pairs,
    acceptPairs(pairs, comparison),
    new Int32Array(neighbors.length).fill(1),
  );
  const described = Array.from({ length: clusters.count }, (_, cluster): DnikitCluster => {
    const [start, end] = clusters.nodeStart.subarray(cluster, cluster + 2);
    const points = centerRows({
      values: normalized,
      dimensions,
      rows: clusters.nodes.subarray(start, end),
    });
    const { order, projection } = arrange(points);
    const { mean, std } = centroidSpread(points);
    return { indices: [...order], mean, std, projection: projection !== null };
  });
  return { distance: comparison.figure, distances: distances.length, clusters: described };

  function apart(a: number, b: number): number {
    let square = 0;
    for (let d = 0; d < dimensions; d++) {
      const gap = (normalized[a * dimensions + d] ?? 0) - (normalized[b * dimensions + d] ?? 0);
      square += gap * gap;
    }
    return Math.sqrt(square);
  }
}

import type { ClusterSort } from "../../contract/cut.ts";
import { trainingSplit } from "../../text/splits.ts";
import type { ClusterCut } from "../analysis/cuts/cluster-cut.ts";
import type { Decisions } from "../analysis/cuts/decisions.ts";
import {
  CONFLICT_RANKS,
  conflictIsSettled,
  conflictRank,
} from "../analysis/cuts/label-conflicts.ts";

/** Sorts clusters in place, equal ones by their smallest image id. */
export function sortClusters(
  cut: ClusterCut,
  decisions: Decisions,
  clusters: Int32Array,
  sort: ClusterSort,
): Int32Array {
  const figure = figureOf(cut, decisions, sort);
  const figures = new Float64Array(cut.clusters.count);
  for (const cluster of clusters) figures[cluster] = figure(cluster);
  // Clusters are numbered by their smallest images.
  return clusters.sort((x, y) => compare(figures[x] as number, figures[y] as number) || x - y);
}

/** The sort key, ascending. */
function figureOf(
  cut: ClusterCut,
  decisions: Decisions,
  sort: ClusterSort,
): (cluster: number) => number {
  switch (sort) {
    case "leaks": {
      const { surest, sets, splits, view } = cut;
      const training = trainingSplit(view.splits);
      const train = view.splits.findIndex(({ name }) => name === training);
      // A confidence is at most 1, so whole steps keep the groups apart.
      return (cluster) => {
        const across = sets.size(splits, cluster) > 1;
        const group = !across ? 0 : sets.has(splits, cluster, train) ? 4 : 2;
        return -group - (surest[cluster] as number);
      };
    }
    case "tightest": {
      const source = cut.sourceOf("all");
      return (cluster) => cut.meanOf(cluster, source);
    }
    case "size":
      return (cluster) => -(cut.size[cluster] as number);
    case "weakest":
      return (cluster) => cut.weakestOf(cluster);
    case "conflicts":
      return (cluster) => {
        if (cut.labelConflict[cluster] === 0) return Number.POSITIVE_INFINITY;
        const settled = conflictIsSettled(cut, decisions, cluster);
        const rank = conflictRank(cut, cluster) + (settled ? CONFLICT_RANKS : 0);
        // Whole steps keep the ranks apart.
        return 2 * rank - (cut.surest[cluster] as number);
      };
  }
}

/** Works for infinite values, unlike a difference. */
function compare(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

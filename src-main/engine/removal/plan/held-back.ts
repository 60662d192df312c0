import type { ParsedPlanRequest } from "../../../contract/plan.ts";
import type { ClusterCut } from "../../analysis/cuts/cluster-cut.ts";

/** Clusters that would keep nothing. */
export interface EmptiedCluster {
  readonly cluster: number;
  /** Whether a person gave leave for it. */
  readonly allowed: boolean;
}

/**
 * Clusters all of whose images are to go, ascending.
 * @param going one byte per file of the cut: 1 for one that is to go
 */
export function emptiedClusters(
  cut: ClusterCut,
  going: Uint8Array,
  mayEmpty: ParsedPlanRequest["mayEmpty"],
): EmptiedCluster[] {
  const { clusters, files, size } = cut;
  const count = new Int32Array(clusters.count);
  for (let file = 0; file < files.count; file++) {
    const cluster = clusters.clusterOf[files.node[file] as number] as number;
    if (cluster >= 0 && going[file] === 1) count[cluster] = (count[cluster] as number) + 1;
  }
  const allowed = mayEmpty === "all" ? null : new Set(mayEmpty.map((id) => cut.clusterOfImage(id)));
  const emptied: EmptiedCluster[] = [];
  for (let cluster = 0; cluster < clusters.count; cluster++) {
    if (count[cluster] !== size[cluster]) continue;
    emptied.push({ cluster, allowed: allowed?.has(cluster) ?? true });
  }
  return emptied;
}

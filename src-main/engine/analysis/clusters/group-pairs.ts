import type { Grouping } from "../../../contract/grouping.ts";
import type { Pairs } from "../../data/pairs.ts";
import { type Clusters, clusterPairs } from "./cluster.ts";
import { LEAST_FILES_TO_PART, unsupportedLinks } from "./unsupported-links.ts";

/**
 * Clusters of the accepted pairs. `cohesive` splits those of `closure` at their unsupported links, which `pairRows` then leaves out.
 * @param accepted one byte per pair, 0 for a pair to ignore
 * @param copies number of files per node, each at least 1
 */
export function groupPairs(
  pairs: Pairs,
  accepted: Uint8Array,
  copies: Int32Array,
  grouping: Grouping,
): Clusters {
  const closed = clusterPairs(pairs, accepted, copies);
  if (grouping === "closure") return closed;
  let supported: Uint8Array | undefined;
  for (let cluster = 0; cluster < closed.count; cluster++) {
    if ((closed.files[cluster] as number) < LEAST_FILES_TO_PART) continue;
    const { nodes, rows } = partsOf(closed, cluster);
    for (const row of unsupportedLinks(nodes, rows, pairs, copies)) {
      supported ??= accepted.slice();
      supported[row] = 0;
    }
  }
  return supported ? clusterPairs(pairs, supported, copies) : closed;
}

/** A cluster's nodes and pair rows, both ascending. */
export function partsOf(
  { nodes, nodeStart, pairRows, pairStart }: Clusters,
  cluster: number,
): { nodes: Int32Array; rows: Int32Array } {
  return {
    nodes: nodes.subarray(nodeStart[cluster], nodeStart[cluster + 1]),
    rows: pairRows.subarray(pairStart[cluster], pairStart[cluster + 1]),
  };
}

import { NO_MARK } from "../../data/decisions/mark-codes.ts";
import type { ClusterCut } from "./cluster-cut.ts";

/** A reviewer's decisions about the files of a project. */
export interface Decisions {
  /** `NO_MARK`, `KEEP` or `REMOVE` per file, in the order of the project's file columns. */
  readonly marks: Uint8Array;
  /** Labels that a reviewer corrected or confirmed, by image. */
  readonly labels: ReadonlyMap<number, string>;
}

/** Images without a mark per cluster. An image of a protected split needs none and does not count. */
export function unmarkedImages({ clusters, files }: ClusterCut, marks: Uint8Array): Int32Array {
  const unmarked = new Int32Array(clusters.count);
  for (let file = 0; file < files.count; file++) {
    if (marks[file] !== NO_MARK || files.protected[file] === 1) continue;
    const cluster = clusters.clusterOf[files.node[file] as number] as number;
    if (cluster >= 0) unmarked[cluster] = (unmarked[cluster] as number) + 1;
  }
  return unmarked;
}

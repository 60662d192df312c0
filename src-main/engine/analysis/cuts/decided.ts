import { NO_MARK } from "../../data/decisions/mark-codes.ts";
import type { ReviewCut } from "./cluster-cut.ts";

/** What a person decided about the files of a project. */
export interface Decided {
  /** `NO_MARK`, `KEEP` or `REMOVE` per file, in the order of the project's file columns. */
  readonly marks: Uint8Array;
  /** Labels that were said to be right, by image. */
  readonly labels: ReadonlyMap<number, string>;
}

/** Images per cluster that are still to be decided: those without a mark. An image of a protected split needs none. */
export function unmarkedImages({ clusters, files }: ReviewCut, marks: Uint8Array): Int32Array {
  const unmarked = new Int32Array(clusters.count);
  for (let file = 0; file < files.count; file++) {
    if (marks[file] !== NO_MARK || files.protected[file] === 1) continue;
    const cluster = clusters.clusterOf[files.node[file] as number] as number;
    if (cluster >= 0) unmarked[cluster] = (unmarked[cluster] as number) + 1;
  }
  return unmarked;
}

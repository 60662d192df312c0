import { effectiveMarks } from "../../data/decisions/effective-marks.ts";
import { codeOf, NO_MARK } from "../../data/decisions/mark-codes.ts";
import type { Project } from "../../data/project-file.ts";
import type { FileColumns } from "../figures/file-columns.ts";
import type { ClusterCut } from "./cluster-cut.ts";

/** A reviewer's decisions about the files of a project. */
export interface Decisions {
  /** `NO_MARK`, `KEEP` or `REMOVE` per file, in the order of the project's file columns. */
  readonly marks: Uint8Array;
  /** Labels that a reviewer corrected or confirmed, by image. */
  readonly labels: ReadonlyMap<number, string>;
}

/** The marks of a project's files, see {@link Decisions}. */
export function readMarks(
  project: Project,
  { count, indexOf }: Pick<FileColumns, "count" | "indexOf">,
): Uint8Array {
  const marks = new Uint8Array(count);
  for (const [image, mark] of effectiveMarks(project)) {
    const file = indexOf.get(image);
    if (file !== undefined) marks[file] = codeOf(mark);
  }
  return marks;
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

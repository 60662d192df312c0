import type { ParsedCut } from "../../contract/cut.ts";
import { REMOVE } from "../decisions/mark-codes.ts";
import type { OpenedProject } from "../review/opened-project.ts";
import type { ReviewCut } from "../review/review-cut.ts";
import { readScanRecord } from "../store/settings.ts";

interface Known {
  /** Cut, decisions and scan that it was found for. */
  readonly key: string;
  readonly kept: ReadonlyMap<number, readonly number[]>;
}

/**
 * For each image that is marked for removal, the images of its cluster that are not. Found once for a whole removal: the clusters
 * change with every file that goes, and finding them anew takes longer than the file.
 */
export class KeptCopies {
  readonly #known = new Map<string, Known>();

  /** Ids of the images that would be left of an image's cluster; `null` when it stands in none. */
  of(opened: OpenedProject, cut: ParsedCut, image: number): readonly number[] | null {
    const { project, revision } = opened;
    const { response, threshold } = cut;
    const key = JSON.stringify([response, threshold, revision, readScanRecord(project)]);
    let known = this.#known.get(project.file);
    if (known?.key !== key) {
      known = { key, kept: keptByImage(opened.cut(cut), opened.marks) };
      this.#known.set(project.file, known);
    }
    return known.kept.get(image) ?? null;
  }
}

function keptByImage(
  { clusters, files }: ReviewCut,
  marks: Uint8Array,
): Map<number, readonly number[]> {
  const keptOf = new Map<number, number[]>();
  const kept = new Map<number, readonly number[]>();
  const clusterOf = (file: number) => clusters.clusterOf[files.node[file] as number] as number;
  for (let file = 0; file < files.count; file++) {
    const cluster = clusterOf(file);
    if (cluster < 0 || marks[file] !== REMOVE) continue;
    const others = keptOf.get(cluster) ?? [];
    keptOf.set(cluster, others);
    kept.set(files.id[file] as number, others);
  }
  for (let file = 0; file < files.count; file++) {
    if (marks[file] !== REMOVE) keptOf.get(clusterOf(file))?.push(files.id[file] as number);
  }
  return kept;
}

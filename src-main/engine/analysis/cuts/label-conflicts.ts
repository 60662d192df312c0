import { EVIDENCE_KINDS } from "../../../contract/evidence-kind.ts";
import { contentReader } from "../../data/contents-table.ts";
import type { ClusterCut } from "./cluster-cut.ts";
import type { Decisions } from "./decisions.ts";

/** Number of ranks of conflicts within one split. Conflicts across splits have as many, which come first. */
const KIND_RANKS = EVIDENCE_KINDS.length + 1;
/** Upper bound of {@link conflictRank}, exclusive. */
export const CONFLICT_RANKS = 2 * KIND_RANKS;

/** Whether a label conflict is resolved: the labels now agree, or a reviewer has set the right label of every labeled image. */
export function conflictIsSettled(
  cut: ClusterCut,
  { labels: right }: Decisions,
  cluster: number,
): boolean {
  if (right.size === 0 || cut.labelConflict[cluster] === 0) return false;
  const { id, label, labels } = cut.files;
  const seen = new Set<string>();
  let left = 0;
  for (const file of cut.filesOf(cluster)) {
    const corrected = right.get(id[file] as number);
    const name = corrected ?? labels[label[file] as number];
    if (name !== undefined) seen.add(name);
    if (corrected === undefined && name !== undefined) left++;
  }
  return left === 0 || seen.size === 1;
}

/** The parts of a labeled file that matter for a conflict. */
interface LabeledFile {
  readonly label: number;
  readonly split: number;
  readonly content: number;
}

/**
 * How bad a label conflict is: 0 is the worst, below {@link CONFLICT_RANKS}. Pairs with different labels rank across splits before
 * within one split, then by the surest kind of such a pair. A cluster whose different labels are joined only by a chain of pairs
 * ranks last.
 */
export function conflictRank(cut: ClusterCut, cluster: number): number {
  let worst = CONFLICT_RANKS - 1;
  const note = (kind: number, one: readonly LabeledFile[], other: readonly LabeledFile[]) => {
    const conflicts = one.flatMap((x) =>
      other.filter((y) => x.label !== y.label).map((y) => x.split !== y.split),
    );
    if (conflicts.includes(true)) worst = Math.min(worst, kind);
    else if (conflicts.length > 0) worst = Math.min(worst, KIND_RANKS + kind);
  };
  const { a, b, kind } = cut.pairCut.modelOutput.pairs;
  const labeled = new Map(
    Array.from(cut.nodesOf(cluster), (node) => [node, labeledFilesOf(cut, node)] as const),
  );
  for (const row of cut.pairRowsOf(cluster)) {
    // The fallbacks never apply: pairs join nodes of the cluster.
    const [one, other] = [labeled.get(a[row] as number), labeled.get(b[row] as number)];
    note(kind[row] as number, one ?? [], other ?? []);
  }
  const facts = contentReader(cut.view.project);
  for (const copies of labeled.values()) {
    if (copies.length < 2) continue;
    note(EVIDENCE_KINDS.indexOf("resized"), copies, copies);
    for (const same of Map.groupBy(copies, ({ content }) => content).values()) {
      note(EVIDENCE_KINDS.indexOf("same-bytes"), same, same);
    }
    const pixels = Map.groupBy(copies, ({ content }) => facts(content).pixelDigest);
    for (const [digest, same] of pixels) {
      if (digest !== null) note(EVIDENCE_KINDS.indexOf("same-pixels"), same, same);
    }
  }
  return worst;
}

/** A node's labeled files: each combination of label, split and content once. */
function labeledFilesOf({ view, files }: ClusterCut, node: number): LabeledFile[] {
  const found = new Map<string, LabeledFile>();
  for (
    let file = files.fileStart[node] as number;
    file < (files.fileStart[node + 1] as number);
    file++
  ) {
    const [label, split] = [files.label[file] as number, files.split[file] as number];
    const content = view.images.get(files.id[file] as number)?.content ?? 0;
    if (label >= 0) found.set(`${label} ${split} ${content}`, { label, split, content });
  }
  return [...found.values()];
}

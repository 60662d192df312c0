import { EVIDENCE_KINDS } from "../../../contract/evidence-kind.ts";
import { contentReader } from "../../data/contents-table.ts";
import type { ReviewCut } from "./cluster-cut.ts";
import type { Decided } from "./decided.ts";

/** Ranks of conflicts within one split; as many again for those across splits, which come first. */
const KIND_RANKS = EVIDENCE_KINDS.length + 1;
/** {@link conflictRank} is below this. */
export const CONFLICT_RANKS = 2 * KIND_RANKS;

/**
 * Whether it is known which labels of a conflict are right: they agree now, or a person has said the right one of each image that
 * bears a label.
 */
export function conflictIsSettled(
  cut: ReviewCut,
  { labels: right }: Decided,
  cluster: number,
): boolean {
  if (right.size === 0 || cut.labelConflict[cluster] === 0) return false;
  const { id, label, labels } = cut.files;
  const seen = new Set<string>();
  let left = 0;
  for (const file of cut.filesOf(cluster)) {
    const said = right.get(id[file] as number);
    const name = said ?? labels[label[file] as number];
    if (name !== undefined) seen.add(name);
    if (said === undefined && name !== undefined) left++;
  }
  return left === 0 || seen.size === 1;
}

/** What of a file matters for a conflict. */
interface Bearer {
  readonly label: number;
  readonly split: number;
  readonly content: number;
}

/**
 * How bad a label conflict is, from 0: a whole number below {@link CONFLICT_RANKS}. Pairs of different labels across splits come
 * before those within one, and each by the surest kind of such a pair; a cluster in which only a chain of pairs joins different
 * labels comes last.
 */
export function conflictRank(cut: ReviewCut, cluster: number): number {
  let worst = CONFLICT_RANKS - 1;
  const note = (kind: number, one: readonly Bearer[], other: readonly Bearer[]) => {
    const conflicts = one.flatMap((x) =>
      other.filter((y) => x.label !== y.label).map((y) => x.split !== y.split),
    );
    if (conflicts.includes(true)) worst = Math.min(worst, kind);
    else if (conflicts.length > 0) worst = Math.min(worst, KIND_RANKS + kind);
  };
  const { a, b, kind } = cut.pairCut.modelOutput.pairs;
  const bearers = new Map(
    Array.from(cut.nodesOf(cluster), (node) => [node, bearersOf(cut, node)] as const),
  );
  for (const row of cut.pairRowsOf(cluster)) {
    // Pairs join nodes of the cluster, hence the fallbacks.
    const [one, other] = [bearers.get(a[row] as number), bearers.get(b[row] as number)];
    note(kind[row] as number, one ?? [], other ?? []);
  }
  const facts = contentReader(cut.view.project);
  for (const copies of bearers.values()) {
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

/** The labels that a node's files bear, with where: each combination once, however many copies there are. */
function bearersOf({ view, files }: ReviewCut, node: number): Bearer[] {
  const found = new Map<string, Bearer>();
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

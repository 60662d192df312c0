import { EVIDENCE_KINDS, type EvidenceKind } from "../../../contract/evidence-kind.ts";
import { ImageId } from "../../../contract/ids.ts";
import type { ProjectRules } from "../../../contract/keeper.ts";
import type { ParsedPlanRequest } from "../../../contract/plan.ts";
import { UnionFind } from "../../analysis/clusters/union-find.ts";
import type { ClusterCut } from "../../analysis/cuts/cluster-cut.ts";
import { filterClusters } from "../../analysis/cuts/cluster-filter.ts";
import { kindOfCopies } from "../../analysis/figures/cluster-pairs.ts";
import { candidateReader } from "../../analysis/keeper/candidates.ts";
import { bestOf, chooseKeepers, type KeeperChoice } from "../../analysis/keeper/choose-keepers.ts";
import { type ContentFacts, contentReader } from "../../data/contents-table.ts";
import { KEEP, REMOVE } from "../../data/decisions/mark-codes.ts";
import { rowOf } from "../../data/decisions/rejections.ts";
import { maskImages } from "./sidecars.ts";

/** An image to remove, as an index into the cut's files. */
export interface DraftOperation {
  readonly file: number;
  readonly reason: string;
  /** The copy that stays; `null` if none does. */
  readonly keeper: number | null;
}

/**
 * Chooses the images to remove: those marked so and, in each group of copies, what the rules choose of the others. Marks override rules.
 * @returns by image id
 */
export function draftOperations(
  cut: ClusterCut,
  marks: Uint8Array,
  request: ProjectRules & Pick<ParsedPlanRequest, "filter" | "sidecars">,
): DraftOperation[] {
  const { view, files } = cut;
  const { rules } = request;
  const read = candidateReader(view, "many");
  const candidateOf = (file: number) => read(files.id[file] as number);
  const drafts = new Map<number, DraftOperation>();
  const kinds = new Set(request.kinds);
  const facts = contentReader(view.project);
  const masks = kinds.size > 0 ? maskImages(view, request.sidecars) : new Set<number>();
  for (const cluster of kinds.size > 0 ? filterClusters(cut, marks, request.filter) : []) {
    for (const group of groupsOf(cut, cluster, kinds, facts)) {
      const members = group.filter(
        (file) => marks[file] !== REMOVE && !masks.has(files.id[file] as number),
      );
      if (members.length < 2) continue;
      const kept = new Set(
        members.filter((file) => marks[file] === KEEP).map((file) => idOf(file)),
      );
      const choice = chooseKeepers(members.map(candidateOf), view.splits, rules, kept);
      for (const image of choice.remove) addChosen(image, choice);
    }
  }
  for (let file = 0; file < files.count; file++) {
    if (marks[file] === REMOVE) drafts.set(file, { file, reason: "marked remove", keeper: null });
  }
  return Array.from(drafts.values(), (draft) =>
    draft.keeper === null ? { ...draft, keeper: standIn(draft.file) } : draft,
  ).sort((a, b) => idOf(a.file) - idOf(b.file));

  function idOf(file: number): ImageId {
    return ImageId.parse(files.id[file]);
  }

  function addChosen(image: ImageId, { keeper, isLeak, reason }: KeeperChoice): void {
    const file = files.indexOf.get(image) as number; // it comes out of the cut
    if (keeper === null) {
      drafts.set(file, { file, reason, keeper: null });
      return;
    }
    const stays = files.indexOf.get(keeper) as number;
    const other = view.images.get(keeper);
    const path = `${other?.split}/${other?.path}`;
    const across = files.split[file] !== files.split[stays];
    const kind = kindBetween(cut, file, stays, facts);
    const what = `${kind === null ? "copy of a copy" : `${kind} copy`} of ${path}`;
    const why = isLeak && across ? `leak: ${what}` : `${what}; ${reason}`;
    drafts.set(file, { file, reason: why, keeper: stays });
  }

  /** The best remaining image of a cluster. */
  function standIn(file: number): number | null {
    const cluster = cut.clusterOfImage(files.id[file] as number);
    if (cluster < 0) return null;
    const left = Array.from(cut.filesOf(cluster)).filter((other) => !drafts.has(other));
    if (left.length === 0) return null;
    return (
      files.indexOf.get(bestOf(left.map(candidateOf), view.splits, rules).candidate.id) ?? null
    );
  }
}

/** How two files of a cluster match; `null` if only other images connect them. */
function kindBetween(
  cut: ClusterCut,
  a: number,
  b: number,
  facts: (content: number) => ContentFacts,
): EvidenceKind | null {
  const { node } = cut.files;
  const [first, second] = [node[a] as number, node[b] as number];
  if (first === second) return kindOfFiles(cut, a, b, facts);
  const { pairs } = cut.pairCut.modelOutput;
  const row = rowOf(pairs, Math.min(first, second), Math.max(first, second));
  if (row < 0 || cut.pairCut.accepted[row] === 0) return null;
  return EVIDENCE_KINDS[pairs.kind[row] as number] ?? null;
}

/** Groups of at least two files, as indices into the cut's files, that pairs of these kinds alone connect within a cluster. */
function groupsOf(
  cut: ClusterCut,
  cluster: number,
  kinds: ReadonlySet<EvidenceKind>,
  facts: (content: number) => ContentFacts,
): number[][] {
  const files = Array.from(cut.filesOf(cluster));
  const indexOf = new Map(files.map((file, index) => [file, index]));
  const sets = new UnionFind(files.length);
  const join = (a: number, b: number) => {
    sets.union(indexOf.get(a) as number, indexOf.get(b) as number); // both are in the cluster
  };
  const { fileStart } = cut.files;
  const { pairs } = cut.pairCut.modelOutput;
  for (const row of cut.pairRowsOf(cluster)) {
    const kind = EVIDENCE_KINDS[pairs.kind[row] as number];
    if (kind === undefined || !kinds.has(kind)) continue;
    join(fileStart[pairs.a[row] as number] as number, fileStart[pairs.b[row] as number] as number);
  }
  for (const [a, b] of copiesOf(cut, cluster)) {
    if (kinds.has(kindOfFiles(cut, a, b, facts))) join(a, b);
  }
  const groups = Map.groupBy(files, (file) => sets.find(indexOf.get(file) as number));
  return Array.from(groups.values()).filter(({ length }) => length > 1);
}

/** Pairs of files of the same node: the first files of all contents with each other, and each first file with its copies. */
function* copiesOf(cut: ClusterCut, cluster: number): Generator<[a: number, b: number]> {
  const { fileStart } = cut.files;
  for (const node of cut.nodesOf(cluster)) {
    const [first, end] = [fileStart[node] as number, fileStart[node + 1] as number];
    const ofContent = new Map<number, number>();
    for (let file = first; file < end; file++) {
      const content = contentOf(cut, file);
      const same = ofContent.get(content);
      if (same !== undefined) {
        yield [same, file];
        continue;
      }
      for (const other of ofContent.values()) yield [other, file];
      ofContent.set(content, file);
    }
  }
}

/** How two files of the same node match. */
function kindOfFiles(
  cut: ClusterCut,
  a: number,
  b: number,
  facts: (content: number) => ContentFacts,
): EvidenceKind {
  return kindOfCopies(contentOf(cut, a), contentOf(cut, b), facts);
}

function contentOf({ view, files }: ClusterCut, file: number): number {
  const image = view.images.get(files.id[file] as number);
  if (!image) throw new Error(`Image ${files.id[file]} is missing from the project`);
  return image.content;
}

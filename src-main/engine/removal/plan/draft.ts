import { EVIDENCE_KINDS, type EvidenceKind } from "../../../contract/evidence-kind.ts";
import { ImageId } from "../../../contract/ids.ts";
import type { ProjectRules } from "../../../contract/keeper.ts";
import type { ParsedPlanRequest } from "../../../contract/plan.ts";
import type { ClusterCut } from "../../analysis/cuts/cluster-cut.ts";
import { filterClusters } from "../../analysis/cuts/cluster-filter.ts";
import { candidateReader } from "../../analysis/keeper/candidates.ts";
import { bestOf, chooseKeepers, type KeeperChoice } from "../../analysis/keeper/choose-keepers.ts";
import { contentReader } from "../../data/contents-table.ts";
import { KEEP, REMOVE } from "../../data/decisions/mark-codes.ts";
import { rowOf } from "../../data/decisions/rejections.ts";
import { groupsOf, kindOfFiles } from "./groups.ts";
import { maskImages } from "./sidecars.ts";

/** An image that is to go, as a place among the cut's files, and why. */
export interface DraftOperation {
  readonly file: number;
  readonly reason: string;
  /** The copy that stays in its place; `null` where nothing does. */
  readonly keeper: number | null;
}

/**
 * What is to go: all that a person marked so, and what the rules choose of the others in each group of copies. Marks always win.
 * @returns in the order of image ids
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
    const place = `${other?.split}/${other?.path}`;
    const across = files.split[file] !== files.split[stays];
    const kind = kindBetween(cut, file, stays, facts);
    const what = `${kind === null ? "copy of a copy" : `${kind} copy`} of ${place}`;
    const why = isLeak && across ? `leak: ${what}` : `${what}; ${reason}`;
    drafts.set(file, { file, reason: why, keeper: stays });
  }

  /** The best of what is left of a cluster. */
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

/** How two files of a cluster match; `null` where only others join them. */
function kindBetween(
  cut: ClusterCut,
  a: number,
  b: number,
  facts: ReturnType<typeof contentReader>,
): EvidenceKind | null {
  const { node } = cut.files;
  const [first, second] = [node[a] as number, node[b] as number];
  if (first === second) return kindOfFiles(cut, a, b, facts);
  const { pairs } = cut.pairCut.modelOutput;
  const row = rowOf(pairs, Math.min(first, second), Math.max(first, second));
  if (row < 0 || cut.pairCut.accepted[row] === 0) return null;
  return EVIDENCE_KINDS[pairs.kind[row] as number] ?? null;
}

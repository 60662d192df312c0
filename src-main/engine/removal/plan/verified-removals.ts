import type { EvidenceKind } from "../../../contract/evidence-kind.ts";
import type { ProjectRules } from "../../../contract/keeper.ts";
import type { ParsedPlanRequest } from "../../../contract/plan.ts";
import type { ClusterCut } from "../../analysis/cuts/cluster-cut.ts";
import { contentPair } from "../../analysis/cuts/removal-graph.ts";
import { type CutRemovals, removalsOf } from "../../analysis/cuts/removals.ts";
import type { LoadedProject } from "../../analysis/project/loaded-project.ts";
import type { ProjectView, ViewedImage } from "../../data/project-view.ts";

/** A file that a rule would remove, and the direct partner that stays. */
export interface CheckedPair {
  readonly image: ViewedImage;
  readonly keeper: ViewedImage;
  readonly kind: EvidenceKind;
}

/** Compares the files of a pair before a rule removes one of them. @returns whether they are copies after all */
export type PairCheck = (view: ProjectView, pair: CheckedPair) => Promise<boolean>;

/** Removals that passed the check, and the state of the project that they belong to, which is valid until the next await. */
export interface VerifiedRemovals extends CutRemovals {
  readonly opened: LoadedProject;
  readonly cut: ClusterCut;
  /** Pairs that failed the check. */
  readonly refused: number;
}

/**
 * Chooses what goes, and checks the pair of each file that a rule removes. A pair that fails the check counts for nothing, and the rules choose
 * again without it.
 * @param open returns the project's current state, which is valid until the next await
 * @param check by default, the evidence of the scan is enough
 */
export async function verifiedRemovals(
  open: () => LoadedProject,
  request: ParsedPlanRequest,
  rulesOf: (opened: LoadedProject) => ProjectRules,
  check?: PairCheck,
): Promise<VerifiedRemovals> {
  const [passed, refused] = [new Set<string>(), new Set<string>()];
  for (;;) {
    const opened = open();
    const cut = opened.cut(request);
    const { filter, sidecars } = request;
    const options = { ...rulesOf(opened), filter, sidecars, refused };
    const chosen = removalsOf(cut, opened, options);
    const unchecked = check ? pairsOf(cut, chosen).filter(([name]) => !passed.has(name)) : [];
    if (!check || unchecked.length === 0) return { ...chosen, opened, cut, refused: refused.size };
    for (const [name, pair] of unchecked) {
      if (passed.has(name) || refused.has(name)) continue;
      ((await check(cut.view, pair)) ? passed : refused).add(name);
    }
  }
}

/** The pairs behind the rules' removals, each with the name of its contents. */
function pairsOf({ view, files }: ClusterCut, { removals }: CutRemovals): [string, CheckedPair][] {
  return removals.flatMap(({ file, keeper, kind, byRule }): [string, CheckedPair][] => {
    if (!byRule || keeper === null || kind === null) return [];
    const image = view.images.get(files.id[file] as number);
    const partner = view.images.get(files.id[keeper] as number);
    if (!image || !partner) return [];
    const pair = { image, keeper: partner, kind };
    return image.content === partner.content
      ? []
      : [[contentPair(image.content, partner.content), pair]];
  });
}

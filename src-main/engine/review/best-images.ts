import type { ClusterCut } from "../analysis/cuts/cluster-cut.ts";
import type { Decisions } from "../analysis/cuts/decisions.ts";
import { clusterChooser } from "../analysis/cuts/removals.ts";
import { readProjectRules } from "../data/settings.ts";

/** What "keep the best" does with the images of a cluster, by id. It leaves all others as they are. */
export interface BestImages {
  readonly keep: readonly number[];
  readonly remove: readonly number[];
  /** Images that are kept because their label conflict is not settled. */
  readonly heldBack: readonly number[];
  readonly reason: string;
}

/**
 * Returns what the project's keeper rules choose in a cluster. An image without a direct partner that stays is never removed.
 * @param decisions whose marks win over the rules; by default, marks are ignored
 * @param amount see `candidateReader`
 */
export function bestImages(
  cut: ClusterCut,
  { labels, marks }: Pick<Decisions, "labels"> & Partial<Decisions>,
  amount: "few" | "many",
): (cluster: number) => BestImages {
  const rules = readProjectRules(cut.view.project);
  const decisions = { labels, marks: marks ?? new Uint8Array(cut.files.count) };
  const choose = clusterChooser(cut, decisions, rules, amount);
  const idOf = (file: number) => cut.files.id[file] as number;
  return (cluster) => {
    const { removals, heldBack, keepers, reason } = choose(cluster);
    const held = new Set(heldBack.map(({ file }) => file));
    const dropped = removals.some(({ keeper }) => keeper === null);
    const remove = removals.filter(({ keeper }) => keeper !== null).map(({ file }) => idOf(file));
    return {
      keep: keepers.filter((file) => !held.has(file)).map(idOf),
      remove,
      heldBack: [...held].map(idOf),
      reason: dropped && remove.length === 0 ? "only a plan removes all copies of a leak" : reason,
    };
  };
}

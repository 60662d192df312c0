import type { ImageId } from "../../../src-main/contract/ids.ts";
import {
  DEFAULT_CLASS_LOSS,
  type Plan,
  type PlanOperation,
} from "../../../src-main/contract/plan.ts";
import type { PlanWay } from "./ways.ts";

export interface BalanceChange {
  readonly split: string;
  readonly label: string;
  readonly before: number;
  readonly after: number;
  /** Share of the class that goes, in [0, 1]. */
  readonly lost: number;
}

/** Classes that lose images, those that lose the largest share first. */
export function balanceChanges(balance: Plan["balance"]): BalanceChange[] {
  return Object.entries(balance)
    .flatMap(([split, labels]) =>
      Object.entries(labels).map(([label, { before, after }]) => ({
        split,
        label,
        before,
        after,
        lost: before === 0 ? 0 : (before - after) / before,
      })),
    )
    .filter(({ before, after }) => before !== after)
    .sort((a, b) => b.lost - a.lost);
}

/** Whether a class loses so much that it should be said. */
export function losesMuch({ lost }: BalanceChange): boolean {
  return 100 * lost > DEFAULT_CLASS_LOSS;
}

/** Clusters that would keep nothing, and lose nothing as long as that is not allowed. */
export function heldClusters({ emptied }: Plan): Set<ImageId> {
  return new Set(emptied.flatMap(({ cluster, allowed }) => (allowed ? [] : [cluster])));
}

/** How many files a plan lets go: a hard link needs a keeper in the same split. */
export function filesThatGo(plan: Plan, way: PlanWay): number {
  if (way !== "hardlink") return plan.totals.images;
  const held = heldClusters(plan);
  return plan.operations.filter(
    ({ split, keeper, cluster }) =>
      keeper?.split === split && (cluster === null || !held.has(cluster)),
  ).length;
}

/** Why a file goes, and what stays in its place where the reason does not tell. */
export function whyText({ reason, keeper }: PlanOperation): string {
  if (!keeper) return reason;
  const stays = `${keeper.split}/${keeper.path}`;
  return reason.includes(stays) ? reason : `${reason}; ${stays} stays`;
}

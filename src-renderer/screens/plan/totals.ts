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
  /** Share of the class that is removed, in [0, 1]. */
  readonly lost: number;
}

/** Classes that lose images, largest share first. */
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

/** Whether a class loses so much that the plan warns. */
export function losesTooMuch({ lost }: BalanceChange): boolean {
  return 100 * lost > DEFAULT_CLASS_LOSS;
}

/** Clusters that would lose every image and are not allowed to, so they lose none. */
export function heldClusters({ emptied }: Plan): Set<ImageId> {
  return new Set(emptied.flatMap(({ cluster, allowed }) => (allowed ? [] : [cluster])));
}

/** Number of files that a plan removes. A hard link needs a keeper in the same split. */
export function removalCount(plan: Plan, way: PlanWay): number {
  if (way !== "hardlink") return plan.totals.images;
  const held = heldClusters(plan);
  return plan.operations.filter(
    ({ split, keeper, cluster }) =>
      keeper?.split === split && (cluster === null || !held.has(cluster)),
  ).length;
}

/** The reason for removing a file, and the keeper unless the reason names it. */
export function reasonText({ reason, keeper }: PlanOperation): string {
  if (!keeper) return reason;
  const kept = `${keeper.split}/${keeper.path}`;
  return reason.includes(kept) ? reason : `${reason}; ${kept} is kept`;
}

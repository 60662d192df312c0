import type { RemovalItem, RemovalPreview } from "../../../src-main/contract/decisions.ts";

/** How many of what are listed. */
export interface Total {
  readonly name: string;
  readonly images: number;
}

/** Counts items by a name, most first. */
export function totalsBy(
  items: readonly RemovalItem[],
  nameOf: (item: RemovalItem) => string,
): Total[] {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(nameOf(item), (counts.get(nameOf(item)) ?? 0) + 1);
  return [...counts]
    .map(([name, images]) => ({ name, images }))
    .sort((a, b) => b.images - a.images || (a.name < b.name ? -1 : 1));
}

export interface BalanceChange {
  readonly split: string;
  readonly label: string;
  readonly before: number;
  readonly after: number;
  /** Share of the class that goes, in [0, 1]. */
  readonly lost: number;
}

/** Classes that lose images, those that lose the largest share first. */
export function balanceChanges(balance: RemovalPreview["balance"]): BalanceChange[] {
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

/** How many files will go when these clusters may lose all their images. */
export function filesThatGo(preview: RemovalPreview, mayEmpty: ReadonlySet<number>): number {
  const held = preview.emptied.filter(({ anchor }) => !mayEmpty.has(anchor));
  return preview.items.length - held.reduce((sum, { size }) => sum + size, 0);
}

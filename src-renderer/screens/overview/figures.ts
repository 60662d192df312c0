import type { Overview } from "../../../src-main/contract/project.ts";
import { trainingSplit } from "../../../src-main/text/splits.ts";

export type OverviewLeak = Overview["leaks"][number];

/** Sorts leaks into the training split first, then by share. */
export function orderedLeaks({ leaks, splits }: Overview): OverviewLeak[] {
  const training = trainingSplit(splits);
  return leaks.toSorted(
    (a, b) =>
      Number(b.into === training) - Number(a.into === training) ||
      b.percent - a.percent ||
      (a.from < b.from ? -1 : 1),
  );
}

/** Images of a class in one split that also appear in another. */
export interface ClassLeak {
  readonly label: string;
  readonly from: string;
  readonly into: string;
  readonly images: number;
  readonly of: number;
}

/** Leaks by class, largest share first. Classes without leaks are omitted. */
export function classLeaks(leaks: readonly OverviewLeak[]): ClassLeak[] {
  return leaks
    .flatMap(({ from, into, byLabel }) =>
      Object.entries(byLabel).map(([label, { images, of }]) => ({ label, from, into, images, of })),
    )
    .filter(({ images }) => images > 0)
    .sort(
      (a, b) =>
        b.images / b.of - a.images / a.of || b.images - a.images || (a.label < b.label ? -1 : 1),
    );
}

/** Image counts of a class: all, with one image per cluster (`distinct`), and without the remove list (`after`). */
export interface ClassBalance {
  readonly label: string;
  readonly splits: readonly {
    readonly split: string;
    readonly images: number;
    readonly distinct: number;
    readonly after: number;
  }[];
  readonly images: number;
  readonly distinct: number;
  readonly after: number;
}

/** Class balance, largest share of duplicates first. */
export function classBalance({ balance, balanceAfter, splits }: Overview): ClassBalance[] {
  const labels = new Set(Object.values(balance).flatMap((byLabel) => Object.keys(byLabel)));
  return [...labels]
    .map((label) => {
      const parts = splits.map(({ name }) => ({
        split: name,
        images: balance[name]?.[label]?.images ?? 0,
        distinct: balance[name]?.[label]?.distinct ?? 0,
        after: balanceAfter[name]?.[label] ?? 0,
      }));
      return {
        label,
        splits: parts,
        images: parts.reduce((sum, part) => sum + part.images, 0),
        distinct: parts.reduce((sum, part) => sum + part.distinct, 0),
        after: parts.reduce((sum, part) => sum + part.after, 0),
      };
    })
    .sort(
      (a, b) =>
        duplicateShare(b) - duplicateShare(a) ||
        b.images - a.images ||
        (a.label < b.label ? -1 : 1),
    );
}

/** Share of a class's images that duplicate others in the same split, in [0, 1]. */
function duplicateShare({ images, distinct }: { images: number; distinct: number }): number {
  return images === 0 ? 0 : (images - distinct) / images;
}

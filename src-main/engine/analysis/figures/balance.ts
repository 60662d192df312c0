import type { Report } from "../../../contract/report.ts";
import type { ProjectView } from "../../data/project-view.ts";
import type { FileColumns } from "./file-columns.ts";
import type { PairCut } from "./pair-cut.ts";
import { sortedByKey } from "./tally.ts";

type Counts = Report["unlabeled"][string];
type Splits = Pick<ProjectView, "splits" | "nodes">;

/** Images per split and label, and how many remain with one kept per cluster. */
export function balanceOf(
  view: Splits,
  files: FileColumns,
  cut: PairCut | undefined,
): Report["balance"] {
  const { labels } = files;
  const counts = countDistinct(view, files, cut, (file) => {
    const label = files.label[file] as number;
    return label < 0 ? -1 : (files.split[file] as number) * labels.length + label;
  });
  return bySplitAndLabel(view, files, (key) => counts.get(key));
}

/** Unlabeled images per split that has any, and how many remain with one kept per cluster. */
export function unlabeledOf(
  view: Splits,
  files: FileColumns,
  cut: PairCut | undefined,
): Report["unlabeled"] {
  const counts = countDistinct(view, files, cut, (file) =>
    (files.label[file] as number) < 0 ? (files.split[file] as number) : -1,
  );
  return Object.fromEntries(
    view.splits.flatMap(({ name }, split): [string, Counts][] => {
      const count = counts.get(split);
      return count ? [[name, count]] : [];
    }),
  );
}

/**
 * Images per split and label that remain after a removal. A label that loses all its images is listed with 0.
 * @param removed image ids
 */
export function balanceWithout(
  view: Splits,
  files: FileColumns,
  removed: ReadonlySet<number>,
): Report["balanceAfter"] {
  const left = new Map<number, number>();
  for (let file = 0; file < files.count; file++) {
    const label = files.label[file] as number;
    if (label < 0) continue;
    const key = (files.split[file] as number) * files.labels.length + label;
    left.set(key, (left.get(key) ?? 0) + Number(!removed.has(files.id[file] as number)));
  }
  return bySplitAndLabel(view, files, (key) => left.get(key));
}

/** @param valueAt the value at the key `split * labels.length + label`, or undefined */
function bySplitAndLabel<T>(
  { splits }: Splits,
  { labels }: FileColumns,
  valueAt: (key: number) => T | undefined,
): Record<string, Record<string, T>> {
  return Object.fromEntries(
    splits.map(({ name }, split) => [
      name,
      sortedByKey(
        labels.flatMap((label, at): [string, T][] => {
          const found = valueAt(split * labels.length + at);
          return found === undefined ? [] : [[label, found]];
        }),
      ),
    ]),
  );
}

/**
 * Counts the files per key and the distinct images among them: one per cluster, and each node outside any cluster.
 * @param keyOf the key that a file counts under, from 0; -1 to leave it out
 */
function countDistinct(
  { nodes }: Pick<Splits, "nodes">,
  files: FileColumns,
  cut: PairCut | undefined,
  keyOf: (file: number) => number,
): Map<number, Counts> {
  const counts = new Map<number, Counts>();
  const seen = new Map<number, Set<number>>();
  for (let file = 0; file < files.count; file++) {
    const key = keyOf(file);
    if (key < 0) continue;
    const node = files.node[file] as number;
    const cluster = cut?.clusters.clusterOf[node] ?? -1;
    // There are no more clusters than nodes, so these numbers do not collide.
    const group = cluster >= 0 ? cluster : nodes.count + node;
    const groups = seen.get(key) ?? new Set();
    seen.set(key, groups.add(group));
    counts.set(key, { images: (counts.get(key)?.images ?? 0) + 1, distinct: groups.size });
  }
  return counts;
}

import type { Report } from "../../../contract/report.ts";
import type { ProjectView } from "../../data/project-view.ts";
import type { FileColumns } from "./file-columns.ts";
import type { PairCut } from "./pair-cut.ts";
import { sortedByKey } from "./tally.ts";

type Counts = Report["unlabeled"][string];
type Splits = Pick<ProjectView, "splits" | "nodes">;

/** Images per split and label, and how many would be left with one kept per cluster. */
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
  return bySplitAndLabel(view, files, (place) => counts.get(place));
}

/** Images without a label per split that has any, and how many would be left with one kept per cluster. */
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
 * Images per split and label without some that go; those that lose all are there with 0.
 * @param going ids of images
 */
export function balanceWithout(
  view: Splits,
  files: FileColumns,
  going: ReadonlySet<number>,
): Report["balanceAfter"] {
  const left = new Map<number, number>();
  for (let file = 0; file < files.count; file++) {
    const label = files.label[file] as number;
    if (label < 0) continue;
    const place = (files.split[file] as number) * files.labels.length + label;
    left.set(place, (left.get(place) ?? 0) + Number(!going.has(files.id[file] as number)));
  }
  return bySplitAndLabel(view, files, (place) => left.get(place));
}

/** @param ofPlace what stands at `split * labels + label`, or nothing */
function bySplitAndLabel<T>(
  { splits }: Splits,
  { labels }: FileColumns,
  ofPlace: (place: number) => T | undefined,
): Record<string, Record<string, T>> {
  return Object.fromEntries(
    splits.map(({ name }, split) => [
      name,
      sortedByKey(
        labels.flatMap((label, at): [string, T][] => {
          const found = ofPlace(split * labels.length + at);
          return found === undefined ? [] : [[label, found]];
        }),
      ),
    ]),
  );
}

/**
 * Files per place, and groups of duplicates among them.
 * @param placeOf where a file is counted, from 0; -1 for nowhere
 */
function countDistinct(
  { nodes }: Pick<Splits, "nodes">,
  files: FileColumns,
  cut: PairCut | undefined,
  placeOf: (file: number) => number,
): Map<number, Counts> {
  const counts = new Map<number, Counts>();
  const met = new Map<number, Set<number>>();
  for (let file = 0; file < files.count; file++) {
    const place = placeOf(file);
    if (place < 0) continue;
    const node = files.node[file] as number;
    const cluster = cut?.clusters.clusterOf[node] ?? -1;
    // Nodes outside any cluster count apart: they are numbered behind the clusters, of which there are no more than nodes.
    const group = cluster >= 0 ? cluster : nodes.count + node;
    const groups = met.get(place) ?? new Set();
    met.set(place, groups.add(group));
    counts.set(place, { images: (counts.get(place)?.images ?? 0) + 1, distinct: groups.size });
  }
  return counts;
}

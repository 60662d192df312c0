import type { ReportLeak } from "../../../contract/report.ts";
import { roundFigure } from "../../../text/figures.ts";
import type { ProjectView } from "../../data/project-view.ts";
import type { FileColumns } from "./file-columns.ts";
import type { PairCut } from "./pair-cut.ts";
import { splitSets } from "./split-sets.ts";
import { sortedByKey } from "./tally.ts";

/** A leak without its counts by label and kind. */
export type LeakFigures = Omit<ReportLeak, "byLabel" | "byKind">;
/** A leak with its counts by label. */
export type LabeledLeak = Omit<ReportLeak, "byKind">;

/**
 * For each ordered pair of splits, counts the images of the first that have a duplicate in the second: a copy, or an accepted pair
 * with an image there. Images that only a chain of pairs connects do not count.
 */
export function leaksOf(
  view: ProjectView,
  files: FileColumns,
  cuts: readonly PairCut[],
): LabeledLeak[] {
  const reached = reachedSplits(view, files, cuts);
  const sets = splitSets(view.splits.length);
  const all = labelCounts(view, files);
  return leakFigures(view, files, reached).map((leak) => {
    const from = view.splits.findIndex(({ name }) => name === leak.from);
    const into = view.splits.findIndex(({ name }) => name === leak.into);
    const leaked = new Int32Array(files.labels.length);
    for (let file = 0; file < files.count; file++) {
      const label = files.label[file] as number;
      if (label < 0 || files.split[file] !== from) continue;
      if (sets.has(reached, files.node[file] as number, into)) {
        leaked[label] = (leaked[label] as number) + 1;
      }
    }
    const byLabel = files.labels.flatMap((label, at): [string, { images: number; of: number }][] =>
      leaked[at] === 0
        ? []
        : [[label, { images: leaked[at] as number, of: all[from]?.[at] as number }]],
    );
    return { ...leak, byLabel: sortedByKey(byLabel) };
  });
}

/** {@link leaksOf} without labels, for every threshold change. @param reached from {@link reachedSplits} */
export function leakFigures(
  { splits }: Pick<ProjectView, "splits">,
  files: FileColumns,
  reached: Int32Array,
): LeakFigures[] {
  const sets = splitSets(splits.length);
  const images = new Int32Array(splits.length);
  const leaked = new Int32Array(splits.length ** 2);
  for (let file = 0; file < files.count; file++) {
    const from = files.split[file] as number;
    const node = files.node[file] as number;
    images[from] = (images[from] as number) + 1;
    for (let into = 0; into < splits.length; into++) {
      if (!sets.has(reached, node, into)) continue;
      const at = from * splits.length + into;
      leaked[at] = (leaked[at] as number) + 1;
    }
  }
  return splits.flatMap((from, f) =>
    splits.flatMap((into, i): LeakFigures[] => {
      if (i === f) return [];
      const [count, of] = [leaked[f * splits.length + i] as number, images[f] as number];
      const percent = of === 0 ? 0 : roundFigure((100 * count) / of, 2);
      return [{ from: from.name, into: into.name, images: count, of, percent }];
    }),
  );
}

/** Per node, the set of splits in which it or a node that it has an accepted pair with has files. */
export function reachedSplits(
  { splits }: Pick<ProjectView, "splits">,
  files: FileColumns,
  cuts: readonly Pick<PairCut, "modelOutput" | "accepted">[],
): Int32Array {
  const sets = splitSets(splits.length);
  const own = files.splitsOfNode;
  const reached = own.slice();
  for (const { modelOutput, accepted } of cuts) {
    const { a, b, count } = modelOutput.pairs;
    for (let row = 0; row < count; row++) {
      if (accepted[row] === 0) continue;
      sets.join(reached, a[row] as number, own, b[row] as number);
      sets.join(reached, b[row] as number, own, a[row] as number);
    }
  }
  return reached;
}

/** Images by the indexes of split and label. */
function labelCounts({ splits }: ProjectView, files: FileColumns): Int32Array[] {
  const counts = splits.map(() => new Int32Array(files.labels.length));
  for (let file = 0; file < files.count; file++) {
    const ofSplit = counts[files.split[file] as number];
    const label = files.label[file] as number;
    if (ofSplit && label >= 0) ofSplit[label] = (ofSplit[label] as number) + 1;
  }
  return counts;
}

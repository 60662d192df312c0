import type { Plan } from "../../../contract/plan.ts";
import { countOf, percentText } from "../../../text/figures.ts";
import type { ClusterCut } from "../../analysis/cuts/cluster-cut.ts";
import { type FileColumns, withoutFiles } from "../../analysis/figures/file-columns.ts";
import { type LeakFigures, leakFigures, reachedSplits } from "../../analysis/figures/leaks.ts";
import { sortedByKey } from "../../analysis/figures/tally.ts";

/**
 * Per split and label the images before and after.
 * @param going one byte per file of the cut: 1 for one that goes
 */
export function plannedBalance({ view, files }: ClusterCut, going: Uint8Array): Plan["balance"] {
  const counts = view.splits.map(() => files.labels.map(() => ({ before: 0, after: 0 })));
  for (let file = 0; file < files.count; file++) {
    const count = counts[files.split[file] as number]?.[files.label[file] as number];
    if (!count) continue;
    count.before++;
    if (going[file] === 0) count.after++;
  }
  return Object.fromEntries(
    view.splits.map(({ name }, split) => [
      name,
      sortedByKey(
        files.labels.flatMap((label, at): [string, { before: number; after: number }][] => {
          const count = counts[split]?.[at];
          return count && count.before > 0 ? [[label, count]] : [];
        }),
      ),
    ]),
  );
}

/** Leaks as they are and as they would be. */
export function plannedLeaks(cut: ClusterCut, going: Uint8Array): Plan["leaks"] {
  const figuresOf = (files: FileColumns): LeakFigures[] =>
    leakFigures(cut.view, files, reachedSplits(cut.view, files, [cut.pairCut]));
  const after = figuresOf(withoutFiles(cut.files, going, cut.sets));
  return figuresOf(cut.files).map(({ from, into, ...before }, at) => {
    const { images = 0, of = 0, percent = 0 } = after[at] ?? {};
    return { from, into, before, after: { images, of, percent } };
  });
}

/** Classes that would lose more than this share, each in a sentence. @param classLoss percent, in [0, 100] */
export function lossWarnings(balance: Plan["balance"], classLoss: number): string[] {
  return Object.entries(balance).flatMap(([split, labels]) =>
    Object.entries(labels).flatMap(([label, { before, after }]) => {
      const lost = before - after;
      if (100 * lost <= classLoss * before) return [];
      return [
        `${split}/${label} would lose ${countOf(lost, "image")} of ${before} (${percentText(lost, before)}).`,
      ];
    }),
  );
}

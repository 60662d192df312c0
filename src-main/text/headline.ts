import type { Sentence } from "../contract/project.ts";
import type { Report, ReportLeak, ReportSplit } from "../contract/report.ts";
import { countOf, countText, percentText, plural } from "./figures.ts";
import { nothingComparedText } from "./not-compared.ts";
import { TEST, trainingSplit } from "./splits.ts";
import { formatThreshold } from "./thresholds.ts";

/** A leak's totals, without its breakdown by label and kind. */
type LeakTotals = Omit<ReportLeak, "byLabel" | "byKind">;

/** The figures that a headline is made of. */
export interface HeadlineFigures extends Pick<Report, "splits" | "threshold"> {
  readonly leaks: readonly LeakTotals[];
  readonly clusters: number;
  readonly clusteredImages: number;
}

/** Leaks into the training split, which inflate scores: first that of the split named `test`, then by share. */
export function leaksIntoTraining<Leak extends LeakTotals>(report: {
  readonly splits: readonly Pick<ReportSplit, "name">[];
  readonly leaks: readonly Leak[];
}): Leak[] {
  const into = trainingSplit(report.splits);
  return report.leaks
    .filter((leak) => leak.into === into && leak.from !== into)
    .sort(
      (a, b) =>
        Number(b.from === TEST) - Number(a.from === TEST) ||
        b.percent - a.percent ||
        (a.from < b.from ? -1 : 1),
    );
}

/**
 * The most important result: one sentence per split that leaks into the training split, else one per split that does not. A split
 * without a readable image always has a sentence that says so.
 */
export function headline(report: HeadlineFigures): [Sentence, ...Sentence[]] {
  const { splits } = report;
  const nothing = nothingComparedText(splits);
  if (nothing !== null) return [[nothing]];
  const into = trainingSplit(splits);
  const leaks = leaksIntoTraining(report);
  const leaking = leaks.filter(({ images }) => images > 0);
  const unread = splits.filter(({ images }) => images === 0).map(unreadSentence);
  const results =
    leaking.length > 0 || splits.find(({ name }) => name === into)?.images === 0
      ? leaking.map(leakSentence)
      : leaks.filter(({ of }) => of > 0).map((leak) => noLeakSentence(leak, splits));
  const [first, ...rest] = [...results, ...unread];
  if (first !== undefined) return [first, ...rest];
  return [withinSentence(report)];
}

/** What one split's images have in common with each other. */
function withinSentence({
  splits,
  clusters,
  clusteredImages,
  threshold,
}: HeadlineFigures): Sentence {
  const images = splits.reduce((sum, split) => sum + split.images, 0);
  const only = splits.length === 1 ? splits[0]?.name : undefined;
  const noun: Sentence = [
    ...(only === undefined ? [] : [{ split: only }, " "]),
    plural(images, "image"),
  ];
  if (clusters === 0) {
    return [
      `None of ${countText(images)} `,
      ...noun,
      ` has a duplicate among the others at ${formatThreshold(threshold)}.`,
    ];
  }
  const verb = plural(clusteredImages, "has", "have");
  return [
    `${countText(clusteredImages)} of ${countText(images)} `,
    ...noun,
    ` ${verb} a near-duplicate, in ${countOf(clusters, "cluster")}.`,
  ];
}

/** `None of 490 test images also appears among 1,942 train images.` */
export function noLeakSentence(
  { from, into, of }: LeakTotals,
  splits: HeadlineFigures["splits"],
): Sentence {
  const others = splits.find(({ name }) => name === into)?.images ?? 0;
  return [
    of === 1 ? "The 1 " : `None of ${countText(of)} `,
    { split: from },
    of === 1 ? " image does not appear among " : " images also appears among ",
    `${countText(others)} `,
    { split: into },
    ` ${plural(others, "image")}.`,
  ];
}

/** `The split test was not compared: none of its 24 images could be read.` */
export function unreadSentence({ name, unreadable }: ReportSplit): Sentence {
  const reason =
    unreadable === 0
      ? "it has no images"
      : unreadable === 1
        ? "its only image could not be read"
        : `none of its ${countText(unreadable)} images could be read`;
  return ["The split ", { split: name }, ` was not compared: ${reason}.`];
}

/** `10 of 27 test images (37.0 %) also appear in train.` */
export function leakSentence({ from, into, images, of }: LeakTotals): Sentence {
  const noun = plural(of, "image");
  const verb = plural(images, "appears", "appear");
  return [
    `${countText(images)} of ${countText(of)} `,
    { split: from },
    ` ${noun} (${percentText(images, of)}) also ${verb} in `,
    { split: into },
    ".",
  ];
}

/** The sentence as plain text. */
export function plainText(sentence: Sentence): string {
  return sentence.map((piece) => (typeof piece === "string" ? piece : piece.split)).join("");
}

/** Number of images that are in at least one cluster. */
export function imagesInClusters({ clusters }: Pick<Report, "clusters">): number {
  return new Set(clusters.flatMap(({ images }) => images)).size;
}

/** The {@link headline} of a whole report. */
export function reportHeadline(report: Report): [Sentence, ...Sentence[]] {
  const { splits, leaks, threshold, clusters } = report;
  return headline({
    splits,
    leaks,
    threshold,
    clusters: clusters.length,
    clusteredImages: imagesInClusters(report),
  });
}

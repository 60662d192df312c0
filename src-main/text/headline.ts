import type { Sentence } from "../contract/project.ts";
import type { Report, ReportLeak, ReportSplit } from "../contract/report.ts";
import { countOf, countText, percentText } from "./figures.ts";
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

/** The most important result: one sentence per split that leaks into the training split, or a single other sentence. */
export function headline(report: HeadlineFigures): [Sentence, ...Sentence[]] {
  const images = report.splits.reduce((sum, split) => sum + split.images, 0);
  if (images === 0) return [["No images could be compared."]];
  if (report.clusters === 0) {
    return [[`Clean. No duplicates found at ${formatThreshold(report.threshold)}.`]];
  }
  const leaks = leaksIntoTraining(report);
  const [first, ...rest] = leaks.filter((leak) => leak.images > 0).map(leakSentence);
  if (first !== undefined) return [first, ...rest];
  if (leaks.length > 0) {
    return [
      leaks
        .flatMap((leak, i) => [separator(i, leaks.length), { split: leak.from }])
        .concat([" image also appears in ", { split: trainingSplit(report.splits) ?? "" }, "."]),
    ];
  }
  const only = report.splits.length === 1 ? report.splits[0]?.name : undefined;
  const verb = report.clusteredImages === 1 ? "has" : "have";
  return [
    [
      `${countText(report.clusteredImages)} of ${countText(images)} `,
      ...(only === undefined ? [] : [{ split: only }, " "]),
      `images ${verb} a near-duplicate, in ${countOf(report.clusters, "cluster")}.`,
    ],
  ];
}

/** `10 of 27 test images (37.0 %) also appear in train.` */
export function leakSentence({ from, into, images, of }: LeakTotals): Sentence {
  const noun = of === 1 ? "image" : "images";
  const verb = images === 1 ? "appears" : "appear";
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

/** The text before split `i` in `No test, val or extra image`. */
function separator(i: number, length: number): string {
  if (i === 0) return "No ";
  return i === length - 1 ? " or " : ", ";
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

import type { Report, ReportSplit } from "../../../contract/report.ts";
import type { Sentence } from "../../../contract/sentence.ts";
import { countOf, countText, percentText } from "../../../text/figures.ts";
import { trainingSplit } from "../../../text/splits.ts";
import { thresholdText } from "../../../text/thresholds.ts";
import type { LeakFigures } from "./leaks.ts";

/** The split that people ask about first. */
const TEST = "test";

/** Leaks that make a score a lie: into the training split; that of the split named `test` first, then by share. */
export function leaksIntoTraining<Leak extends LeakFigures>(report: {
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
 * What a stranger should read first: one sentence per split that leaks into the training split, or one that says that
 * none does. Never empty.
 */
export function headline(report: Report): [Sentence, ...Sentence[]] {
  const { splits, leaks, threshold } = report;
  return headlineOf({
    splits,
    leaks,
    threshold,
    clusters: report.clusters.length,
    clusteredImages: imagesInClusters(report),
  });
}

/** The figures that a headline is made of. */
export interface HeadlineFigures extends Pick<Report, "splits" | "threshold"> {
  readonly leaks: readonly LeakFigures[];
  readonly clusters: number;
  readonly clusteredImages: number;
}

/** The {@link headline} of figures that are known without a whole report. */
export function headlineOf(report: HeadlineFigures): [Sentence, ...Sentence[]] {
  const images = report.splits.reduce((sum, split) => sum + split.images, 0);
  if (images === 0) return [["No image could be compared."]];
  if (report.clusters === 0) {
    return [[`No duplicates found at ${thresholdText(report.threshold)}.`]];
  }
  const leaks = leaksIntoTraining(report);
  const [first, ...rest] = leaks.filter((leak) => leak.images > 0).map(leakSentence);
  if (first !== undefined) return [first, ...rest];
  if (leaks.length === 0) {
    const clustered = report.splits.length === 1 ? report.splits[0]?.name : undefined;
    return [
      [
        `${countOf(report.clusteredImages, "image")} of `,
        clustered === undefined ? countText(images) : { split: clustered },
        ` have a near-duplicate, in ${countOf(report.clusters, "cluster")}.`,
      ],
    ];
  }
  return [
    leaks
      .flatMap((leak, i) => [
        separator(i, leaks.length, "No image of ", " or "),
        { split: leak.from },
      ])
      .concat([" has a duplicate in ", { split: trainingSplit(report.splits) ?? "" }, "."]),
  ];
}

function leakSentence(leak: LeakFigures): Sentence {
  return [
    `${percentText(leak.images, leak.of)} of `,
    { split: leak.from },
    `, ${countText(leak.images)} of ${countOf(leak.of, "image")}, has a duplicate in `,
    { split: leak.into },
    ".",
  ];
}

/** What stands before item `i` of a list in prose: the opening, a comma, or the last conjunction. */
function separator(i: number, length: number, opening: string, last: string): string {
  if (i === 0) return opening;
  return i === length - 1 ? last : ", ";
}

/** Number of images that at least one cluster names. */
export function imagesInClusters(report: Report): number {
  return new Set(report.clusters.flatMap((cluster) => cluster.images)).size;
}

import type { ReportSummary } from "../contract/contract.ts";
import type { Fallback } from "../contract/report.ts";
import { percentText } from "../text/figures.ts";
import { trainingSplit } from "../text/splits.ts";
import { formatThreshold } from "../text/thresholds.ts";
import { count, duration, printable } from "./progress.ts";

/** Unreadable files named in a summary; the reports name them all. */
const NAMED_UNREADABLE = 5;

/** What a scan found, for a terminal. @param project shown as the last line, for the next command, where there is one. */
export function summaryText(summary: ReportSummary, project: string | null): string {
  const { splits, unreadable } = summary;
  const lines: string[] = [];
  const nameWidth = Math.max(...splits.map(({ name }) => name.length), 5);
  for (const { name, images, root } of splits) {
    lines.push(
      `${printable(name).padEnd(nameWidth)}  ${images1(images).padStart(16)}  ${printable(root)}`,
    );
  }
  lines.push("", ...leakLines(summary), ...clusterLines(summary));
  if (unreadable.length > 0) {
    lines.push(
      `${count(unreadable.length)} ${unreadable.length === 1 ? "file" : "files"} could not be read:`,
    );
    for (const { split, path, reason } of unreadable.slice(0, NAMED_UNREADABLE)) {
      lines.push(`  ${printable(split)}/${printable(path)}: ${printable(reason)}`);
    }
    if (unreadable.length > NAMED_UNREADABLE) {
      lines.push(`  and ${count(unreadable.length - NAMED_UNREADABLE)} more, in every report`);
    }
  }
  lines.push("", ...methodLines(summary));
  if (project !== null) lines.push(`Project: ${printable(project)}`);
  return `${lines.join("\n")}\n`;
}

function images1(images: number): string {
  return `${count(images)} ${images === 1 ? "image" : "images"}`;
}

function leakLines({ leaks, splits }: ReportSummary): string[] {
  // A leak out of the training split concerns the same pairs as the leak into it.
  const training = trainingSplit(splits);
  const told = leaks.filter(({ from }) => from !== training);
  return told
    .filter(({ images }) => images > 0)
    .map(
      ({ from, into, images, of, percent }) =>
        `LEAK  ${percent} % of ${printable(from)}, ${count(images)} of ${images1(of)}, has a duplicate in ${printable(into)}.`,
    )
    .concat(
      told.length > 0 && told.every(({ images }) => images === 0)
        ? ["No leak between the splits."]
        : [],
    );
}

function clusterLines(summary: ReportSummary): string[] {
  if (summary.clusters === 0) {
    const { closest } = summary;
    const nearest = closest
      ? ` The closest pair has confidence ${closest.confidence.toFixed(2)}, cosine ${closest.similarity.toFixed(2)}.`
      : "";
    return [`No duplicates at ${formatThreshold(summary.threshold)}.${nearest}`];
  }
  const lines = [
    `${count(summary.clusters)} ${summary.clusters === 1 ? "cluster" : "clusters"} of duplicates, ` +
      `${count(summary.crossSplitClusters)} across splits; ${images1(summary.clusteredImages)} in them, ` +
      `${count(summary.redundantImages)} could go with one kept per cluster.`,
  ];
  const kinds = Object.entries(summary.kinds).sort(([, a], [, b]) => b - a);
  lines.push(`Pairs: ${kinds.map(([kind, pairs]) => `${count(pairs)} ${kind}`).join(", ")}.`);
  if (summary.labelConflicts > 0) {
    lines.push(
      `${count(summary.labelConflicts)} ${summary.labelConflicts === 1 ? "cluster bears" : "clusters bear"} more than one label.`,
    );
  }
  return lines;
}

function methodLines({ threshold, model, neighbors, seconds }: ReportSummary): string[] {
  const recall =
    neighbors.method === "exact" ? "exact" : `approximate, recall ${neighbors.recall.toFixed(3)}`;
  const { auto } = model;
  const worth =
    auto && threshold.confidence === auto.confidence
      ? ` (calibrated at precision ${percentText(auto.precision, 1)}, recall ${percentText(auto.recall, 1)})`
      : "";
  return [
    `Threshold ${formatThreshold(threshold)}${worth}.`,
    `${neighbors.k} neighbors (${recall}); model ${model.name} on ${model.device}; ` +
      `${seconds.total < 60 ? `${seconds.total.toFixed(1)} s` : `${duration(seconds.total)} min`}.`,
  ];
}

/** Where the model runs, and why not elsewhere. */
export function deviceText({
  device,
  fallbacks,
}: {
  device: string;
  fallbacks: readonly Fallback[];
}): string {
  const others = fallbacks.map((other) => `${other.device}: ${printable(other.reason)}`).join("; ");
  return `The model runs on ${device}${others === "" ? "" : ` (not on ${others})`}.`;
}

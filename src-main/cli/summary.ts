import type { ReportSummary } from "../contract/contract.ts";
import type { Fallback } from "../contract/report.ts";
import { countOf, countText, percentText } from "../text/figures.ts";
import { leakSentence, plainText } from "../text/headline.ts";
import { trainingSplit } from "../text/splits.ts";
import { formatThreshold } from "../text/thresholds.ts";
import { durationText, printable } from "./terminal-text.ts";

/** Unreadable files named in the summary. The reports name all. */
const MAX_UNREADABLE = 5;

/** The result of a scan, for a terminal. @param project named in the last line, for the next command; `null` for none. */
export function summaryText(summary: ReportSummary, project: string | null): string {
  const { splits, unreadable } = summary;
  const lines: string[] = [];
  const nameWidth = Math.max(...splits.map(({ name }) => name.length), 5);
  for (const { name, images, root } of splits) {
    lines.push(
      `${printable(name).padEnd(nameWidth)}  ${countOf(images, "image").padStart(16)}  ${printable(root)}`,
    );
  }
  lines.push("", ...leakLines(summary), ...clusterLines(summary));
  if (unreadable.length > 0) {
    lines.push(`${countOf(unreadable.length, "file")} could not be read:`);
    for (const { split, path, reason } of unreadable.slice(0, MAX_UNREADABLE)) {
      lines.push(`  ${printable(split)}/${printable(path)}: ${printable(reason)}`);
    }
    if (unreadable.length > MAX_UNREADABLE) {
      lines.push(
        `  and ${countText(unreadable.length - MAX_UNREADABLE)} more; every report lists all`,
      );
    }
  }
  lines.push("", ...methodLines(summary));
  if (project !== null) lines.push(`Project: ${printable(project)}`);
  return `${lines.join("\n")}\n`;
}

function leakLines({ leaks, splits }: ReportSummary): string[] {
  // A leak out of the training split concerns the same pairs as the leak into it.
  const training = trainingSplit(splits);
  const listed = leaks.filter(({ from }) => from !== training);
  if (listed.length > 0 && listed.every(({ images }) => images === 0))
    return ["No leak between the splits."];
  return listed
    .filter(({ images }) => images > 0)
    .map((leak) => `LEAK  ${printable(plainText(leakSentence(leak)).replaceAll("\u00a0", " "))}`);
}

function clusterLines(summary: ReportSummary): string[] {
  const { clusters, crossSplitClusters, clusteredImages, redundantImages, closest } = summary;
  if (clusters === 0) {
    const nearest = closest
      ? ` The closest pair has confidence ${closest.confidence.toFixed(2)}, cosine ${closest.similarity.toFixed(2)}.`
      : "";
    return [`No duplicates at ${formatThreshold(summary.threshold)}.${nearest}`];
  }
  const lines = [
    `${countOf(clusters, "cluster")} of duplicates (${countText(crossSplitClusters)} across splits) ` +
      `with ${countOf(clusteredImages, "image")}, ${countText(redundantImages)} of them redundant.`,
  ];
  const kinds = Object.entries(summary.kinds).sort(([, a], [, b]) => b - a);
  lines.push(`Pairs: ${kinds.map(([kind, pairs]) => `${countText(pairs)} ${kind}`).join(", ")}.`);
  if (summary.labelConflicts > 0) {
    const verb = summary.labelConflicts === 1 ? "has" : "have";
    lines.push(`${countOf(summary.labelConflicts, "cluster")} ${verb} more than one label.`);
  }
  return lines;
}

function methodLines({ threshold, model, neighbors, seconds }: ReportSummary): string[] {
  const recall =
    neighbors.method === "exact" ? "exact" : `approximate, recall ${neighbors.recall.toFixed(3)}`;
  const { auto } = model;
  const quality =
    auto && threshold.confidence === auto.confidence
      ? ` (calibrated at precision ${percentText(auto.precision, 1)}, recall ${percentText(auto.recall, 1)})`
      : "";
  const duration =
    seconds.total < 60 ? `${seconds.total.toFixed(1)} s` : `${durationText(seconds.total)} min`;
  return [
    `Threshold ${formatThreshold(threshold)}${quality}.`,
    `${neighbors.k} neighbors (${recall}); model ${model.name} on ${model.device}; ${duration}.`,
  ];
}

/** Where the model runs, and why not on better devices. */
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

import type { ReportSummary } from "../contract/contract.ts";
import type { Sentence } from "../contract/project.ts";
import type { Fallback } from "../contract/report.ts";
import { countOf, countText, percentText, plural } from "../text/figures.ts";
import { leakSentence, noLeakSentence, plainText, unreadSentence } from "../text/headline.ts";
import { notComparedText, nothingComparedText } from "../text/not-compared.ts";
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
  for (const { name, images, root, folders } of splits) {
    lines.push(
      `${printable(name).padEnd(nameWidth)}  ${countOf(images, "image").padStart(16)}  ${printable(root)}${folders ? ` (${folders.map(printable).join(", ")})` : ""}`,
    );
  }
  lines.push("", ...leakLines(summary), ...clusterLines(summary), ...notComparedLines(summary));
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
  lines.push(...damageLines(summary), ...walkLines(summary), "", ...methodLines(summary));
  if (project !== null) lines.push(`Project: ${printable(project)}`);
  return `${lines.join("\n")}\n`;
}

/** A line per split that leaks, does not leak, or was not compared with the training split. */
function leakLines({ leaks, splits }: ReportSummary): string[] {
  const nothing = nothingComparedText(splits);
  if (nothing !== null) return [nothing];
  const text = (sentence: Sentence) => printable(plainText(sentence).replaceAll("\u00a0", " "));
  // A leak out of the training split concerns the same pairs as the leak into it.
  const training = trainingSplit(splits);
  const listed = leaks.filter(({ from }) => from !== training);
  const isRead = (name: string) => splits.some((split) => split.name === name && split.images > 0);
  const leaking = listed.filter(({ images }) => images > 0);
  const clean = listed.filter(
    ({ from, into, images }) => images === 0 && into === training && isRead(from) && isRead(into),
  );
  return [
    ...leaking.map((leak) => `LEAK  ${text(leakSentence(leak))}`),
    ...clean.map((leak) => text(noLeakSentence(leak, splits))),
    ...splits.filter(({ images }) => images === 0).map((split) => text(unreadSentence(split))),
  ];
}

/** What was not compared, why, and what to do about it. */
function notComparedLines({ notCompared, splits }: ReportSummary): string[] {
  if (notCompared.length === 0) return [];
  return [
    "Not compared:",
    ...notCompared.map((entry) => `  ${printable(notComparedText(entry, splits))}`),
  ];
}

/** Files that were compared although they are damaged. */
function damageLines({ damaged }: ReportSummary): string[] {
  if (damaged.length === 0) return [];
  const named = damaged
    .slice(0, MAX_UNREADABLE)
    .map(
      ({ split, path, reason }) => `  ${printable(split)}/${printable(path)}: ${printable(reason)}`,
    );
  const more = damaged.length - named.length;
  return [
    `${countOf(damaged.length, "image")} ${damaged.length === 1 ? "is" : "are"} damaged but could be compared:`,
    ...named,
    ...(more > 0 ? [`  and ${countText(more)} more; the JSON report lists all`] : []),
  ];
}

/** What the walk left out on purpose. */
function walkLines({ skipped, splits }: ReportSummary): string[] {
  const lines: string[] = [];
  if (skipped.length > 0) {
    const names = [
      ...new Set(skipped.map(({ folder }) => folder.slice(folder.lastIndexOf("/") + 1))),
    ];
    const files = skipped.reduce((sum, folder) => sum + folder.files, 0);
    const shown = names.slice(0, MAX_UNREADABLE).map(printable).join(", ");
    lines.push(
      `Skipped ${countOf(skipped.length, "system folder")} (${shown}${names.length > MAX_UNREADABLE ? ", ..." : ""}) with ${countOf(files, "file")}.`,
    );
  }
  const otherNames = splits.reduce((sum, split) => sum + split.otherNames, 0);
  if (otherNames > 0)
    lines.push(
      `${countOf(otherNames, "more path")} ${otherNames === 1 ? "leads" : "lead"} to files that are counted once. Such files are never removed.`,
    );
  return lines;
}

function clusterLines(summary: ReportSummary): string[] {
  const { clusters, crossSplitClusters, clusteredImages, redundantImages, closest } = summary;
  if (clusters === 0) {
    const nearest = closest
      ? ` The closest pair has confidence ${closest.confidence.toFixed(2)}, cosine ${closest.similarity.toFixed(2)}.`
      : "";
    const compared = summary.splits.reduce((sum, { images }) => sum + images, 0);
    if (compared < 2) return [];
    return [
      `None of ${countOf(compared, "compared image")} is a duplicate of another at ${formatThreshold(summary.threshold)}.${nearest}`,
    ];
  }
  const lines = [
    `${countOf(clusters, "cluster")} of duplicates (${countText(crossSplitClusters)} across splits) ` +
      `with ${countOf(clusteredImages, "image")}, ${countText(redundantImages)} of them redundant.`,
  ];
  const kinds = Object.entries(summary.kinds).sort(([, a], [, b]) => b - a);
  lines.push(`Pairs: ${kinds.map(([kind, pairs]) => `${countText(pairs)} ${kind}`).join(", ")}.`);
  if (summary.labelConflicts > 0) {
    const verb = plural(summary.labelConflicts, "has", "have");
    lines.push(`${countOf(summary.labelConflicts, "cluster")} ${verb} more than one label.`);
  }
  if (summary.heldBack > 0) {
    const verb = summary.heldBack === 1 ? "stays" : "stay";
    lines.push(
      `${countOf(summary.heldBack, "image")} with another label than a direct copy ${verb} off the remove list. Choose the right label in the app.`,
    );
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

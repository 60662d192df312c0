import type { Plan } from "../contract/plan.ts";
import { bytesText, percentText } from "../text/figures.ts";
import { count, printable } from "./progress.ts";

/** Every operation on a line of its own; nothing for a plan without any. */
export function operationsText({ operations, emptied }: Plan): string {
  const held = new Set(emptied.filter(({ allowed }) => !allowed).map(({ cluster }) => cluster));
  const lines = operations.map(({ split, path, bytes, reason, sidecars, cluster }) => {
    const word = cluster !== null && held.has(cluster) ? "held  " : "remove";
    const also = sidecars.length > 0 ? `  + ${sidecars.map(printable).join(", ")}` : "";
    return `${word}  ${printable(split)}/${printable(path)}  ${bytesText(bytes)}  ${printable(reason)}${also}\n`;
  });
  return lines.length === 0 ? "" : `${lines.join("")}\n`;
}

/** What a plan comes to. */
export function planSummary(plan: Plan): string {
  const { totals, leaks, balance, kinds, rulesFrom } = plan;
  if (totals.images === 0) {
    return [...warningLines(plan), "Nothing would go."].join("\n").concat("\n");
  }
  const splits = Object.entries(totals.bySplit).map(
    ([split, { images }]) => `${count(images)} of ${printable(split)}`,
  );
  const sidecars =
    totals.sidecars === 0
      ? ""
      : ` and ${count(totals.sidecars)} ${totals.sidecars === 1 ? "sidecar" : "sidecars"}`;
  const lines = [
    `${imagesText(totals.images)} (${bytesText(totals.bytes)})${sidecars} would go: ${splits.join(", ")}.`,
  ];
  if (kinds.length > 0) {
    const whose = rulesFrom === "project" ? "the project's own" : "those given with --rules";
    lines.push(`Keeper rules: ${whose}.`);
  }
  for (const { from, into, before, after } of leaks) {
    if (before.images === 0) continue;
    lines.push(
      `Leak of ${printable(from)} into ${printable(into)}: ${percentText(before.images, before.of)} before, ` +
        `${percentText(after.images, after.of)} after (${count(before.images)} of ${count(before.of)}, then ` +
        `${count(after.images)} of ${count(after.of)}).`,
    );
  }
  for (const [split, labels] of Object.entries(balance)) {
    const changed = Object.entries(labels).filter(([, { before, after }]) => after < before);
    if (changed.length === 0) continue;
    lines.push(`Classes of ${printable(split)} that lose images:`);
    for (const [label, { before, after }] of changed) {
      lines.push(`  ${printable(label)}: ${count(before)}, then ${count(after)}`);
    }
  }
  lines.push(...warningLines(plan));
  return `${lines.join("\n")}\n`;
}

/** What is to be said of a plan, and the options that change it. */
function warningLines({ warnings, emptied, outside }: Plan): string[] {
  return [
    ...warnings.map((warning) => `Warning: ${printable(warning)}`),
    ...(emptied.some(({ allowed }) => !allowed)
      ? ["--may-empty IMAGE lets the cluster of an image lose all of them, --may-empty all any."]
      : []),
    ...(outside.length > 0 ? ["--sidecar-root DIR lets files of a folder outside go, too."] : []),
  ];
}

function imagesText(images: number): string {
  return `${count(images)} ${images === 1 ? "image" : "images"}`;
}

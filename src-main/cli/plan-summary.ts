import type { Plan } from "../contract/plan.ts";
import { bytesText, countOf, countText, percentText } from "../text/figures.ts";
import { printable } from "./terminal-text.ts";

/** One line per image to remove or held back; empty if there is none. */
export function operationsText({ operations, emptied, heldBack }: Plan): string {
  const held = new Set(emptied.filter(({ allowed }) => !allowed).map(({ cluster }) => cluster));
  const lines = operations.map(({ split, path, bytes, reason, sidecars, cluster }) => {
    const word = cluster !== null && held.has(cluster) ? "held  " : "remove";
    const also = sidecars.length > 0 ? `  + ${sidecars.map(printable).join(", ")}` : "";
    return `${word}  ${printable(split)}/${printable(path)}  ${bytesText(bytes)}  ${printable(reason)}${also}\n`;
  });
  for (const { split, path, label, keeper, kind } of heldBack) {
    lines.push(
      `held    ${printable(split)}/${printable(path)}  labeled ${printable(label ?? "")}; ${kind} copy of ${printable(`${keeper.split}/${keeper.path}`)} with another label\n`,
    );
  }
  return lines.length === 0 ? "" : `${lines.join("")}\n`;
}

/** Totals of a plan, its effect on leaks and classes, and its warnings. */
export function planSummary(plan: Plan): string {
  const { totals, leaks, balance, kinds, rulesFrom } = plan;
  if (totals.images === 0) {
    return [...warningLines(plan), "Nothing to remove."].join("\n").concat("\n");
  }
  const splits = Object.entries(totals.bySplit).map(
    ([split, { images }]) => `${countText(images)} from ${printable(split)}`,
  );
  const sidecars = totals.sidecars === 0 ? "" : ` and ${countOf(totals.sidecars, "sidecar")}`;
  const lines = [
    `${countOf(totals.images, "image")} (${bytesText(totals.bytes)})${sidecars} would be removed: ${splits.join(", ")}.`,
  ];
  if (kinds.length > 0) {
    lines.push(`Keeper rules: ${rulesFrom === "project" ? "the project's" : "from --rules"}.`);
  }
  for (const { from, into, before, after } of leaks) {
    if (before.images === 0) continue;
    lines.push(
      `Leak of ${printable(from)} into ${printable(into)}: ` +
        `${countText(before.images)} of ${countText(before.of)} (${percentText(before.images, before.of)}) before, ` +
        `${countText(after.images)} of ${countText(after.of)} (${percentText(after.images, after.of)}) after, of the pairs found.`,
    );
  }
  for (const [split, labels] of Object.entries(balance)) {
    const changed = Object.entries(labels).filter(([, { before, after }]) => after < before);
    if (changed.length === 0) continue;
    lines.push(`Classes of ${printable(split)} that lose images:`);
    for (const [label, { before, after }] of changed) {
      lines.push(`  ${printable(label)}: ${countText(before)} before, ${countText(after)} after`);
    }
  }
  lines.push(...warningLines(plan));
  return `${lines.join("\n")}\n`;
}

/** The plan's warnings, and the options that resolve them. */
function warningLines({ warnings, emptied, outside }: Plan): string[] {
  return [
    ...warnings.map((warning) => `Warning: ${printable(warning)}`),
    ...(emptied.some(({ allowed }) => !allowed)
      ? [
          "To let a cluster lose all its images, add --may-empty IMAGE, or --may-empty all for every cluster.",
        ]
      : []),
    ...(outside.length > 0
      ? ["To also remove files in a folder outside the splits, add --sidecar-root DIR."]
      : []),
  ];
}

import type { ApplyResult } from "../contract/apply.ts";
import { printable } from "./progress.ts";

/** One file and what became of it. */
export function resultLine(word: string, result: ApplyResult): string {
  const { split, path, done, to, sidecars, reason } = result;
  const parts = [(done ? word : "stays").padEnd(8), printable(`${split}/${path}`)];
  if (done && to !== null) parts.push(`to ${printable(to)}`);
  if (done && sidecars > 0)
    parts.push(`with ${sidecars} ${sidecars === 1 ? "sidecar" : "sidecars"}`);
  if (reason !== null) parts.push(printable(reason));
  return `${parts.join("  ")}\n`;
}

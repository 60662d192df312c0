import { stripVTControlCharacters } from "node:util";
import type { ApplyResult } from "../contract/apply.ts";
import { countOf } from "../text/figures.ts";

/** A name as one line of text: control characters and escapes in file names must not reach the terminal. */
export function printable(name: string): string {
  const shown = stripVTControlCharacters(name.toWellFormed());
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these must not reach the terminal
  return shown.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, (character) => {
    if (character < " ") return JSON.stringify(character).slice(1, -1);
    return `\\u00${character.charCodeAt(0).toString(16)}`;
  });
}

/** A duration in hours, minutes and seconds: `0:07`, `12:30`, `1:02:03`. */
export function durationText(seconds: number): string {
  const whole = Math.round(seconds);
  const [hours, minutes, rest] = [
    Math.floor(whole / 3600),
    Math.floor(whole / 60) % 60,
    whole % 60,
  ];
  const tail = `${String(rest).padStart(2, "0")}`;
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${tail}` : `${minutes}:${tail}`;
}

/** One image of `apply`, `undo` or a clean copy. @param action what happened to it, unless it stays. */
export function resultLine(action: string, result: ApplyResult): string {
  const { split, path, done, to, sidecars, reason } = result;
  const parts = [(done ? action : "stays").padEnd(8), printable(`${split}/${path}`)];
  if (done && to !== null) parts.push(`to ${printable(to)}`);
  if (done && sidecars > 0) parts.push(`with ${countOf(sidecars, "sidecar")}`);
  if (reason !== null) parts.push(printable(reason));
  return `${parts.join("  ")}\n`;
}

import type { Mark } from "../../src-main/contract/cut.ts";

/** Why the list of clusters is asked for anew, the weakest first: what a stronger one asks for holds for the others, too. */
const CAUSES = ["decision", "cut", "filter", "start"] as const;
export type Cause = (typeof CAUSES)[number];

/** One answer to two wishes: a filter that a threshold overtakes still opens its first cluster. */
export function strongest(a: Cause | null, b: Cause): Cause {
  return a !== null && CAUSES.indexOf(a) > CAUSES.indexOf(b) ? a : b;
}

/**
 * Place to go to from a place in a list.
 * @param from `null` when what was open is not in the list any more; `place` is then where it was
 * @returns `null` for an empty list
 */
export function step(from: number | null, place: number, by: number, total: number): number | null {
  if (total === 0) return null;
  // What followed has moved up into the place of what is gone.
  const target = from === null ? (by > 0 ? place + by - 1 : place + by) : from + by;
  return Math.min(total - 1, Math.max(0, target));
}

/** What the remove-or-keep key makes of a mark. */
export function toggled(mark: Mark | null): Mark {
  return mark === "remove" ? "keep" : "remove";
}

/** The next of the sizes that a key goes through, after any size at all. */
export function nextSize(size: number, steps: readonly number[]): number {
  return steps.find((candidate) => candidate > size) ?? steps[0] ?? size;
}

/** Cuts a text in its middle so that its beginning and its end can be read. @param room characters at most, at least 5 */
export function middleTruncated(text: string, room: number): string {
  const characters = [...text];
  if (characters.length <= room) return text;
  const tail = Math.ceil((room - 1) * 0.6);
  const head = room - 1 - tail;
  return `${characters.slice(0, head).join("")}…${characters.slice(-tail).join("")}`;
}

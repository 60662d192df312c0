import type { Mark } from "../../src-main/contract/cut.ts";

/** Why the list of clusters is fetched again, the weakest cause first. A stronger cause includes the weaker ones. */
const CAUSES = ["decision", "cut", "filter", "start"] as const;
export type Cause = (typeof CAUSES)[number];

/** Combines two causes. A new filter still opens its first cluster when the threshold moves meanwhile. */
export function strongest(a: Cause | null, b: Cause): Cause {
  return a !== null && CAUSES.indexOf(a) > CAUSES.indexOf(b) ? a : b;
}

/**
 * The list index to move to.
 * @param from index of the open item; `null` if it is no longer in the list
 * @param position index where the open item is or was
 * @returns `null` for an empty list
 */
export function step(
  from: number | null,
  position: number,
  by: number,
  total: number,
): number | null {
  if (total === 0) return null;
  // The next item has moved up to the index of the one that is gone.
  const target = from === null ? (by > 0 ? position + by - 1 : position + by) : from + by;
  return Math.min(total - 1, Math.max(0, target));
}

/** The mark that the remove-or-keep key sets. */
export function toggled(mark: Mark | null): Mark {
  return mark === "remove" ? "keep" : "remove";
}

/** The next larger step, or the first one after the largest. */
export function nextSize(size: number, steps: readonly number[]): number {
  return steps.find((candidate) => candidate > size) ?? steps[0] ?? size;
}

/** Shortens a text in the middle. @param room maximum number of characters, at least 5 */
export function middleTruncated(text: string, room: number): string {
  const characters = [...text];
  if (characters.length <= room) return text;
  const tail = Math.ceil((room - 1) * 0.6);
  const head = room - 1 - tail;
  return `${characters.slice(0, head).join("")}…${characters.slice(-tail).join("")}`;
}

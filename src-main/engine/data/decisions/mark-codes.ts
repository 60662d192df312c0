import type { Mark } from "../../../contract/cut.ts";

/** Marks as bytes, for columns. */
export const NO_MARK = 0;
export const KEEP = 1;
export const REMOVE = 2;

export function markName(code: number | undefined): Mark | null {
  return code === undefined || code === NO_MARK ? null : code === KEEP ? "keep" : "remove";
}

export function codeOf(mark: Mark | null): number {
  return mark === null ? NO_MARK : mark === "keep" ? KEEP : REMOVE;
}

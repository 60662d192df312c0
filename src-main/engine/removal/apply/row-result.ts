import type { ApplyResult } from "../../../contract/apply.ts";
import type { ReadyRow, RefusedRow } from "../plan/resolve-rows.ts";

/** An image that stays where it is. */
export function stayed({ row, image }: ReadyRow | RefusedRow, reason: string): ApplyResult {
  const { split, path } = row;
  const facts = { done: false, to: null, sidecars: 0, reason, refusedByTrash: false };
  return { image, split, path, ...facts };
}

/** An image that went, or would go. @param to see ApplyResult @param problems what is to be said although it went */
export function went(
  { row, image }: ReadyRow,
  to: string | null,
  sidecars: number,
  problems: readonly string[],
): ApplyResult {
  const { split, path } = row;
  const reason = problems.length > 0 ? problems.join("; ") : null;
  return { image, split, path, done: true, to, sidecars, reason, refusedByTrash: false };
}

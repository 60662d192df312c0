import type { ApplyCounts, ApplyResult } from "../../../contract/apply.ts";
import type { Project } from "../../data/project-file.ts";
import type { HeldPlan } from "../apply/held-plan.ts";
import { reasonOfRow } from "../apply/prepare.ts";
import { stayed, went } from "../apply/row-result.ts";
import type { ReadyRow } from "../plan/resolve-rows.ts";
import { placeIn } from "../plan/sidecar-names.ts";

/** What a copy is without. */
export interface LeftOut extends ApplyCounts {
  /** Absolute places of the images and their sidecars, as placeIn gives them. */
  readonly places: ReadonlySet<string>;
}

/**
 * Looks at each image that the plan removes as it is now: one that may not go, for the same reasons as in an apply, is copied.
 * @param project the caller's own connection
 */
export async function leaveOut(
  { view, rows, findSidecars }: HeldPlan,
  project: Project,
  signal: AbortSignal,
  emit: (result: ApplyResult) => void,
): Promise<LeftOut> {
  const leaving: ReadyRow[] = [];
  for (const row of rows) {
    signal.throwIfAborted();
    const reason = "refused" in row ? row.refused : await reasonOfRow(project, row);
    if (reason === null && !("refused" in row)) leaving.push(row);
    else emit(stayed(row, reason ?? ""));
  }
  const rootOf = new Map(view.splits.map(({ name, root }) => [name, root]));
  const sidecarsOf = await findSidecars(leaving);
  const places = new Set<string>();
  for (const ready of leaving) {
    const { split, path } = ready.row;
    const { going, problems } = sidecarsOf(ready);
    for (const name of [path, ...going.map((sidecar) => sidecar.name)]) {
      places.add(placeIn(name.startsWith("/") ? "/" : (rootOf.get(split) ?? ""), name));
    }
    emit(went(ready, null, going.length, problems));
  }
  return { places, done: leaving.length, left: rows.length - leaving.length };
}

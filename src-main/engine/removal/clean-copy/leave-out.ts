import type { ApplyCounts, ApplyResult } from "../../../contract/apply.ts";
import type { Project } from "../../data/project-file.ts";
import { absolutePathText } from "../../data/sidecar-names.ts";
import { type HeldPlan, keptResult, removedResult } from "../apply/held-plan.ts";
import { reasonOfRow } from "../apply/prepare.ts";
import type { ReadyRow } from "../plan/resolve-rows.ts";

/** What a copy leaves out. */
export interface LeftOut extends ApplyCounts {
  /** Absolute paths of the images and their sidecars. */
  readonly paths: ReadonlySet<string>;
}

/**
 * Checks each image that the plan removes. An image that an apply would keep is copied.
 * @param project with a connection of the caller
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
    else emit(keptResult(row, reason ?? ""));
  }
  const rootOf = new Map(view.splits.map(({ name, root }) => [name, root]));
  const sidecarsOf = await findSidecars(leaving);
  const paths = new Set<string>();
  for (const ready of leaving) {
    const { split, path } = ready.row;
    const { going, problems } = sidecarsOf(ready);
    for (const name of [path, ...going.map((sidecar) => sidecar.name)]) {
      paths.add(absolutePathText(name.startsWith("/") ? "/" : (rootOf.get(split) ?? ""), name));
    }
    emit(removedResult(ready, null, going.length, problems));
  }
  return { paths, done: leaving.length, left: rows.length - leaving.length };
}

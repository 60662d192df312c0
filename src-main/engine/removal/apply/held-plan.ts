import type { ApplyResult } from "../../../contract/apply.ts";
import type { ParsedPlanRequest, PlanRow } from "../../../contract/plan.ts";
import type { LoadedProject } from "../../analysis/project/loaded-project.ts";
import { KEEP } from "../../data/decisions/mark-codes.ts";
import type { ProjectView } from "../../data/project-view.ts";
import { readProjectRules } from "../../data/settings.ts";
import { makePlan } from "../plan/make-plan.ts";
import { readPlan } from "../plan/read-plan.ts";
import { type ReadyRow, type RefusedRow, resolveRows } from "../plan/resolve-rows.ts";
import { findSidecars, type Sidecar } from "../plan/sidecars.ts";
import type { PairCheck } from "../plan/verified-removals.ts";
import { scanDigest } from "./record.ts";

/** A request to carry out a plan. */
export interface HeldRequest extends ParsedPlanRequest {
  /** File of an edited plan. By default, a new plan is made. */
  readonly plan?: string | undefined;
}

/** An image's sidecars to remove, and why others that the plan names stay. */
export interface RowSidecars {
  readonly going: readonly Sidecar[];
  readonly problems: readonly string[];
}

/** A plan checked against the project's current state. */
export interface HeldPlan {
  readonly view: ProjectView;
  /** See {@link scanDigest}. */
  readonly scan: string;
  readonly rows: readonly (ReadyRow | RefusedRow)[];
  /** Finds the sidecars of the images to remove, in removal order. */
  readonly findSidecars: (going: readonly ReadyRow[]) => Promise<(row: ReadyRow) => RowSidecars>;
}

/**
 * Makes the plan, or reads the edited one, and checks its rows.
 * @param open returns the project's current state, which is valid until the next await
 * @throws EngineError USAGE if the plan cannot be read
 */
export async function holdPlan(
  request: HeldRequest,
  open: () => LoadedProject,
  check?: PairCheck,
): Promise<HeldPlan> {
  const { rows, ...cutRequest } = await plannedRows(request, open, check);
  const opened = open();
  const cut = opened.cut(cutRequest);
  const marks = opened.marks.slice();
  const own = readProjectRules(opened.project);
  const stays = (image: number) => marks[cut.files.indexOf.get(image) ?? -1] === KEEP;
  return {
    view: cut.view,
    scan: scanDigest(opened.project),
    rows: resolveRows(cut, { marks, labels: opened.labels }, rows, {
      rules: request.rules ?? own.rules,
      kinds: request.kinds ?? own.kinds,
      mayEmpty: cutRequest.mayEmpty,
    }),
    async findSidecars(going) {
      const images = new Set<number>(going.map(({ image }) => image));
      const { of } = await findSidecars(cut.view, images, request, stays);
      return (row) => sidecarsOf(row, of);
    },
  };
}

/** The rows to carry out, and the cut to check them against. */
async function plannedRows(request: HeldRequest, open: () => LoadedProject, check?: PairCheck) {
  const { project, threshold, grouping, modelOutput, mayEmpty } = request;
  const cut = {
    project,
    threshold,
    grouping,
    mayEmpty,
    ...(modelOutput !== undefined && { modelOutput }),
  };
  if (request.plan === undefined) {
    const { operations } = await makePlan(open, request, check);
    return { ...cut, rows: operations as readonly PlanRow[] };
  }
  const plan = await readPlan(request.plan);
  return {
    ...cut,
    rows: plan.operations,
    threshold: plan.threshold ?? threshold,
    grouping: plan.grouping ?? grouping,
    ...(plan.response !== undefined && { modelOutput: plan.response }),
    mayEmpty:
      mayEmpty === "all" || plan.mayEmpty === "all"
        ? ("all" as const)
        : [...mayEmpty, ...plan.mayEmpty],
  };
}

/** The sidecars that a row names, or all of the image's if it names none. */
function sidecarsOf(
  { row, image }: ReadyRow,
  found: ReadonlyMap<number, readonly Sidecar[]>,
): RowSidecars {
  const own = found.get(image) ?? [];
  if (row.sidecars === undefined) return { going: own, problems: [] };
  const { sidecars } = row;
  return {
    going: own.filter(({ name }) => sidecars.includes(name)),
    problems: sidecars
      .filter((name) => !own.some((sidecar) => sidecar.name === name))
      .map((name) => `${name} stays: it is missing or does not belong to this image alone`),
  };
}

/** The result for an image that stays. */
export function keptResult({ row, image }: ReadyRow | RefusedRow, reason: string): ApplyResult {
  const { split, path } = row;
  const facts = { done: false, to: null, sidecars: 0, reason, refusedByTrash: false };
  return { image, split, path, ...facts };
}

/** The result for an image that was removed, or would be. @param to see ApplyResult @param problems with its sidecars */
export function removedResult(
  { row, image }: ReadyRow,
  to: string | null,
  sidecars: number,
  problems: readonly string[],
): ApplyResult {
  const { split, path } = row;
  const reason = problems.length > 0 ? problems.join("; ") : null;
  return { image, split, path, done: true, to, sidecars, reason, refusedByTrash: false };
}

import type { ParsedPlanRequest, PlanRow } from "../../../contract/plan.ts";
import type { LoadedProject } from "../../analysis/project/loaded-project.ts";
import { KEEP } from "../../data/decisions/mark-codes.ts";
import type { ProjectView } from "../../data/project-view.ts";
import { makePlan } from "../plan/make-plan.ts";
import { readPlan } from "../plan/read-plan.ts";
import { type ReadyRow, type RefusedRow, resolveRows } from "../plan/resolve-rows.ts";
import { findSidecars, type Sidecar } from "../plan/sidecars.ts";
import { scanDigest } from "./record.ts";

/** What is asked of a plan that is to be carried out. */
export interface HeldRequest extends ParsedPlanRequest {
  /** File of an edited plan, instead of one made now. */
  readonly plan?: string | undefined;
}

/** Files that go with an image, and why others that a plan names do not. */
export interface RowSidecars {
  readonly going: readonly Sidecar[];
  readonly problems: readonly string[];
}

/** A plan held against the project as it is now. */
export interface HeldPlan {
  readonly view: ProjectView;
  /** See {@link scanDigest}. */
  readonly scan: string;
  readonly rows: readonly (ReadyRow | RefusedRow)[];
  /** Looks for the sidecars of the images that go, in the order in which they do. */
  readonly findSidecars: (going: readonly ReadyRow[]) => Promise<(row: ReadyRow) => RowSidecars>;
}

/**
 * Makes the plan, or reads the edited one, and judges its rows.
 * @param open gives the project as it is now; what it gives holds until the next await
 * @throws EngineError USAGE for a plan that makes no sense
 */
export async function holdPlan(request: HeldRequest, open: () => LoadedProject): Promise<HeldPlan> {
  const { rows, ...cutRequest } = await plannedRows(request, open);
  const opened = open();
  const cut = opened.cut(cutRequest);
  const marks = opened.marks.slice();
  const stays = (image: number) => marks[cut.files.indexOf.get(image) ?? -1] === KEEP;
  return {
    view: cut.view,
    scan: scanDigest(opened.project),
    rows: resolveRows(cut, marks, rows, cutRequest.mayEmpty),
    async findSidecars(going) {
      const images = new Set<number>(going.map(({ image }) => image));
      const { of } = await findSidecars(cut.view, images, request, stays);
      return (row) => sidecarsOf(row, of);
    },
  };
}

/** The rows to carry out, and the cut that they are held against. */
async function plannedRows(request: HeldRequest, open: () => LoadedProject) {
  const { project, threshold, grouping, modelOutput, mayEmpty } = request;
  const cut = {
    project,
    threshold,
    grouping,
    mayEmpty,
    ...(modelOutput !== undefined && { modelOutput }),
  };
  if (request.plan === undefined) {
    const { operations } = await makePlan(open, request);
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

/** Those that a row names, if it names any, as far as they are sidecars of the image. */
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
      .map((name) => `${name} stays: it is not there, or does not belong to this image alone`),
  };
}

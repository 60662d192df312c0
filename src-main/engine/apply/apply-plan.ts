import type { ApplyCounts, ApplyResult, ParsedApplyRequest } from "../../contract/apply.ts";
import type { PlanRow } from "../../contract/plan.ts";
import { KEEP } from "../decisions/mark-codes.ts";
import { makePlan } from "../plan/make-plan.ts";
import { readPlan } from "../plan/read-plan.ts";
import { type ReadyRow, type RefusedRow, resolveRows } from "../plan/resolve-rows.ts";
import { findSidecars } from "../plan/sidecars.ts";
import type { OpenedProject } from "../review/opened-project.ts";
import { openProjectToWrite, type Project } from "../store/project.ts";
import { carryOut, settleAll } from "./carry-out.ts";
import { Destination } from "./destination.ts";
import { Journal } from "./journal.ts";
import { type Preparation, prepareStep } from "./prepare.ts";
import { recordFiles, scanDigest } from "./record.ts";
import type { Means } from "./ways/way.ts";

export interface ApplyOptions {
  /** Gives the project as it is now; what it gives holds until the next await. */
  readonly open: () => OpenedProject;
  readonly means: Means;
  /** Stops before the next image. */
  readonly signal: AbortSignal;
  readonly emit: (result: ApplyResult) => void;
}

/**
 * Carries a plan out, image by image: each is looked at again, noted in the journal, moved, and noted as moved. What can't go stays,
 * with its reason. An apply that was interrupted is brought to an end first, and gone on with in its journal.
 * @throws EngineError PROJECT_BUSY; USAGE for a plan or a folder that makes no sense; DISK_UNWRITABLE when the journal can't be kept
 */
export async function applyPlan(
  request: ParsedApplyRequest,
  options: ApplyOptions,
): Promise<ApplyCounts> {
  const { file } = options.open().project;
  if (request.dryRun) return run(request, options, options.open().project, null);
  using project = await openProjectToWrite(file);
  const journal = await unfinishedJournal(options.means, project);
  const counts = await run(request, options, project, journal);
  await (await journal())?.finish("apply");
  return counts;
}

/** Gives the journal to write to, made when it is first asked `toWrite`. */
type JournalKeeper = (toWrite?: true) => Promise<Journal | null>;

async function unfinishedJournal(means: Means, project: Project): Promise<JournalKeeper> {
  const last = (await Journal.all(means.disk, project.file)).at(-1);
  let journal = last && !last.finished ? last : null;
  if (journal) {
    await settleAll(means, journal, true);
    for (const { intent } of journal.steps) await recordFiles(project, intent);
  }
  return async (toWrite) => {
    if (toWrite) journal ??= await Journal.begin(means.disk, project.file, Date.now());
    return journal;
  };
}

/** @param project the caller's own connection @param journal `null` for a dry run */
async function run(
  request: ParsedApplyRequest,
  { open, means, signal, emit }: ApplyOptions,
  project: Project,
  journal: JournalKeeper | null,
): Promise<ApplyCounts> {
  const { rows, ...cutRequest } = await plannedRows(request, open);
  const { way } = request.to;
  const opened = open();
  const cut = opened.cut(cutRequest);
  const { view } = cut;
  const resolved = resolveRows(cut, opened.marks, rows, cutRequest.mayEmpty);
  const marks = opened.marks.slice();
  const scan = scanDigest(opened.project);

  const going = new Set<number>(resolved.flatMap((row) => ("refused" in row ? [] : [row.image])));
  const stays = (image: number) => marks[cut.files.place.get(image) ?? -1] === KEEP;
  const sidecars = await findSidecars(view, going, request, stays);
  const destination = await destinationOf(request, view, project.file);
  const sidecarRoots = [
    ...view.splits.filter((split) => !split.protected).map(({ root }) => root),
    ...request.sidecarRoots,
  ];
  const preparation: Preparation = { project, way, destination, sidecarRoots, scan };
  const counts = { done: 0, left: 0 };
  for (const row of resolved) {
    signal.throwIfAborted();
    const result =
      "refused" in row
        ? stayed(row, row.refused)
        : await applyRow(preparation, row, sidecarsOf(row, sidecars.of), means, journal);
    counts[result.done ? "done" : "left"]++;
    emit(result);
  }
  return counts;
}

/** The rows to carry out, and the cut that they are held against. */
async function plannedRows(request: ParsedApplyRequest, open: () => OpenedProject) {
  const { project, threshold, response, mayEmpty } = request;
  const cut = { project, threshold, mayEmpty, ...(response !== undefined && { response }) };
  if (request.plan === undefined) {
    const { operations } = await makePlan(open, request);
    return { ...cut, rows: operations as readonly PlanRow[] };
  }
  const plan = await readPlan(request.plan);
  return {
    ...cut,
    rows: plan.operations,
    threshold: plan.threshold ?? threshold,
    ...(plan.response !== undefined && { response: plan.response }),
    mayEmpty:
      mayEmpty === "all" || plan.mayEmpty === "all"
        ? ("all" as const)
        : [...mayEmpty, ...plan.mayEmpty],
  };
}

function destinationOf(
  { to, sidecarRoots }: ParsedApplyRequest,
  { splits }: OpenedProject["view"],
  project: string,
): Promise<Destination> | null {
  if (to.way !== "quarantine" && to.way !== "hardlink") return null;
  return Destination.in(to.folder ?? `${project}.quarantine`, splits, sidecarRoots);
}

interface RowSidecars {
  readonly going: readonly string[];
  readonly problems: readonly string[];
}

/** Those that a row names, if it names any, as far as they are sidecars of the image. */
function sidecarsOf(
  { row, image }: ReadyRow,
  found: ReadonlyMap<number, readonly string[]>,
): RowSidecars {
  const own = found.get(image) ?? [];
  if (row.sidecars === undefined) return { going: own, problems: [] };
  return {
    going: row.sidecars.filter((name) => own.includes(name)),
    problems: row.sidecars
      .filter((name) => !own.includes(name))
      .map((name) => `${name} stays: it is not there, or does not belong to this image alone`),
  };
}

async function applyRow(
  preparation: Preparation,
  row: ReadyRow,
  sidecars: RowSidecars,
  means: Means,
  journal: JournalKeeper | null,
): Promise<ApplyResult> {
  const prepared = await prepareStep(preparation, row, sidecars.going);
  if (typeof prepared === "string") return stayed(row, prepared);
  const { intent } = prepared;
  const problems = [...sidecars.problems, ...prepared.problems];
  if (!journal) {
    const would = intent.files.map((_, place) => place);
    return went(row, intent.files[0]?.to ?? null, would, problems);
  }
  const kept = await journal(true);
  if (!kept) throw new Error("There is no journal to write to.");
  const outcome = await carryOut(means, kept, intent);
  problems.push(...outcome.problems);
  if (!outcome.done.includes(0)) {
    const refusedByTrash = intent.way === "trash";
    return { ...stayed(row, problems.join("; ")), refusedByTrash };
  }
  try {
    await recordFiles(preparation.project, intent);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    problems.push(`It has gone, but the project could not note that: ${why}`);
  }
  return went(row, intent.files[0]?.to ?? null, outcome.done, problems);
}

function stayed({ row, image }: ReadyRow | RefusedRow, reason: string): ApplyResult {
  const { split, path } = row;
  const facts = { done: false, to: null, sidecars: 0, reason, refusedByTrash: false };
  return { image, split, path, ...facts };
}

function went(
  { row, image }: ReadyRow,
  to: string | null,
  done: readonly number[],
  problems: readonly string[],
): ApplyResult {
  const { split, path } = row;
  const reason = problems.length > 0 ? problems.join("; ") : null;
  const facts = { to, sidecars: done.length - 1, reason, refusedByTrash: false };
  return { image, split, path, done: true, ...facts };
}

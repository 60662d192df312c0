import { resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { ApplyCounts, ApplyResult, ParsedApplyRequest } from "../../../contract/apply.ts";
import { foldersOf } from "../../../text/splits.ts";
import type { LoadedProject } from "../../analysis/project/loaded-project.ts";
import { latestDecision } from "../../data/decisions/decision-log.ts";
import { openProjectToWrite, type Project } from "../../data/project-file.ts";
import { scannedSplits } from "../../data/splits-table.ts";
import type { ReadyRow } from "../plan/resolve-rows.ts";
import type { Sidecar } from "../plan/sidecars.ts";
import type { PairCheck } from "../plan/verified-removals.ts";
import { carryOut, settleAll } from "./carry-out.ts";
import { Destination } from "./destination.ts";
import { holdPlan, keptResult, type RowSidecars, removedResult } from "./held-plan.ts";
import { Journal, type JournalFolders } from "./journal.ts";
import { placesOf } from "./journal-places.ts";
import { type Preparation, prepareStep } from "./prepare.ts";
import { recordFiles } from "./record.ts";
import type { Means } from "./ways.ts";

export interface ApplyOptions {
  /** Returns the project's current state, which is valid until the next await. */
  readonly open: () => LoadedProject;
  /** Compares the files of each pair that a rule acts on. */
  readonly check?: PairCheck;
  readonly means: Omit<Means, "places">;
  /** Stops before the next image. */
  readonly signal: AbortSignal;
  readonly emit: (result: ApplyResult) => void;
}

/**
 * Carries out a plan. Each image is checked again, noted in the journal, moved, and noted as moved. Images that cannot be removed stay, with
 * a reason. An interrupted apply is completed first, and its journal is continued.
 * @throws EngineError PROJECT_BUSY; USAGE for an unusable plan or folder; DISK_UNWRITABLE if the journal cannot be written
 */
export async function applyPlan(
  request: ParsedApplyRequest,
  options: ApplyOptions,
): Promise<ApplyCounts> {
  const { file } = options.open().project;
  if (request.dryRun) return run(request, options, options.open().project, null);
  using project = await openProjectToWrite(file);
  const journal = await unfinishedJournal(request, options.means, project);
  const counts = await run(request, options, project, journal);
  await (await journal())?.finish("apply");
  return counts;
}

/** Returns the journal. The first call with `toWrite` creates it. */
type JournalKeeper = (toWrite?: true) => Promise<Journal | null>;

async function unfinishedJournal(
  request: ParsedApplyRequest,
  means: ApplyOptions["means"],
  project: Project,
): Promise<JournalKeeper> {
  const folders = journalFolders(request, project.file);
  const splits = scannedSplits(project);
  const last = (await Journal.all(means.disk, project.file)).at(-1);
  let journal = last && !last.finished ? last : null;
  if (journal) {
    const places = placesOf(journal, splits, request.sidecarRoots);
    // Steps that have not begun are carried out only if this request would do the same.
    const forward =
      places.destination === folders.folder &&
      journal.steps.every(({ intent }) => intent.way === request.to.way);
    await settleAll({ ...means, places }, journal, forward);
    for (const { intent } of journal.steps) await recordFiles(project, intent);
    if (!isDeepStrictEqual(folders, foldersIn(journal))) {
      await journal.finish("apply");
      journal = null;
    }
  }
  return async (toWrite) => {
    const { disk } = means;
    if (toWrite) {
      const decision = latestDecision(project);
      journal ??= await Journal.begin(disk, project.file, Date.now(), folders, decision);
    }
    return journal;
  };
}

function foldersIn({ header: { folder, sidecarRoots } }: Journal): JournalFolders {
  return { folder, sidecarRoots };
}

/** The folders that an apply moves files to, and may take sidecars from. */
function journalFolders({ to, sidecarRoots }: ParsedApplyRequest, project: string): JournalFolders {
  const hasFolder = to.way === "quarantine" || to.way === "hardlink";
  return {
    folder: hasFolder ? resolve(to.folder ?? `${project}.quarantine`) : null,
    sidecarRoots,
  };
}

/** @param project with a connection of the caller @param journal `null` for a dry run */
async function run(
  request: ParsedApplyRequest,
  { open, check, means: moving, signal, emit }: ApplyOptions,
  project: Project,
  journal: JournalKeeper | null,
): Promise<ApplyCounts> {
  const { view, scan, rows, findSidecars } = await holdPlan(request, open, check);
  const roots = view.splits.flatMap(foldersOf);
  const { way } = request.to;
  const sidecarsOf = await findSidecars(rows.flatMap((row) => ("refused" in row ? [] : [row])));
  const destination = await destinationOf(request, view, project.file);
  const sidecarRoots = [
    ...view.splits.filter((split) => !split.protected).flatMap(foldersOf),
    ...request.sidecarRoots,
  ];
  const places = {
    splits: roots,
    sidecars: request.sidecarRoots,
    journaled: [],
    destination: destination?.folder ?? null,
  };
  const means = { ...moving, places };
  const preparation: Preparation = { project, way, destination, sidecarRoots, scan };
  const counts = { done: 0, left: 0 };
  const removed = new Set<number>();
  for (const row of rows) {
    signal.throwIfAborted();
    const result =
      "refused" in row
        ? keptResult(row, row.refused)
        : await applyRow(
            preparation,
            row,
            removable(sidecarsOf(row), removed),
            { means, signal },
            journal,
          );
    counts[result.done ? "done" : "left"]++;
    if (result.done && result.image !== null) removed.add(result.image);
    emit(result);
  }
  return counts;
}

/** An image's sidecars, except those that it shares with an image that stays. */
function removable({ going, problems }: RowSidecars, removed: ReadonlySet<number>): RowSidecars {
  const isFree = ({ sharedWith }: Sidecar) => sharedWith.every((image) => removed.has(image));
  const kept = going.filter((sidecar) => !isFree(sidecar));
  return {
    going: going.filter(isFree),
    problems: [
      ...problems,
      ...kept.map(({ name }) => `${name} stays: it also belongs to an image that stays`),
    ],
  };
}

function destinationOf(
  request: ParsedApplyRequest,
  { splits }: LoadedProject["view"],
  project: string,
): Promise<Destination> | null {
  const { folder, sidecarRoots } = journalFolders(request, project);
  return folder === null ? null : Destination.in(folder, splits, sidecarRoots);
}

async function applyRow(
  preparation: Preparation,
  row: ReadyRow,
  sidecars: RowSidecars,
  { means, signal }: { readonly means: Means; readonly signal: AbortSignal },
  journal: JournalKeeper | null,
): Promise<ApplyResult> {
  const names = sidecars.going.map(({ name }) => name);
  const prepared = await prepareStep(preparation, row, names);
  if (typeof prepared === "string") return keptResult(row, prepared);
  const { intent } = prepared;
  const problems = [...sidecars.problems, ...prepared.problems];
  if (!journal) {
    return removedResult(row, intent.files[0]?.to ?? null, intent.files.length - 1, problems);
  }
  const kept = await journal(true);
  if (!kept) throw new Error("The journal was not created.");
  const outcome = await carryOut(means, kept, intent, signal);
  problems.push(...outcome.problems);
  if (!outcome.done.includes(0)) {
    const refusedByTrash = intent.way === "trash";
    return { ...keptResult(row, problems.join("; ")), refusedByTrash };
  }
  try {
    await recordFiles(preparation.project, intent);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    problems.push(`The file was removed, but the project file could not be updated: ${why}`);
  }
  return removedResult(row, intent.files[0]?.to ?? null, outcome.done.length - 1, problems);
}

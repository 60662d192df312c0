import { statSync } from "node:fs";
import { resolve } from "node:path";
import type { AppliedStep, ApplyCounts, ApplyResult } from "../../../contract/apply.ts";
import { EngineError } from "../../../contract/errors.ts";
import { openProjectToWrite } from "../../data/project-file.ts";
import { readScanRequest } from "../../data/settings.ts";
import { scannedSplits } from "../../data/splits-table.ts";
import { settleAll, takeBack } from "./carry-out.ts";
import type { Disk } from "./disk.ts";
import { Journal } from "./journal.ts";
import { placesOf } from "./journal-places.ts";
import { recordFiles } from "./record.ts";
import type { Means } from "./ways.ts";

export interface UndoOptions {
  readonly means: Omit<Means, "places">;
  /** Folders outside the splits that removed files may be put back into. */
  readonly sidecarRoots: readonly string[];
  readonly signal: AbortSignal;
  readonly emit: (result: ApplyResult) => void;
}

/**
 * Undoes the last apply, latest image first. A file is restored unchanged, or stays where it is, with a reason. A file that has taken its
 * path since is left alone. An interrupted apply is completed first.
 * @returns also `rescan`: whether the project was scanned since and needs another scan to find the restored files
 * @throws EngineError PROJECT_BUSY; USAGE if there is nothing to undo
 */
export async function undoApply(
  file: string,
  { means: moving, sidecarRoots, signal, emit }: UndoOptions,
): Promise<ApplyCounts & { rescan: boolean }> {
  using project = await openProjectToWrite(existing(file));
  const journals = await Journal.all(moving.disk, project.file);
  const splits = scannedSplits(project);
  const roots = readScanRequest(project)?.roots ?? [];
  const meansOf = (of: Journal) => ({
    ...moving,
    places: placesOf(of, splits, sidecarRoots, roots),
  });
  const last = journals.at(-1);
  if (last && !last.finished) {
    await settleAll(meansOf(last), last, false);
    for (const { intent } of last.steps) await recordFiles(project, intent);
  }
  const journal = journals.findLast(({ outstanding }) => outstanding.length > 0);
  if (!journal) {
    await last?.finish("undo");
    throw new EngineError("USAGE", `There is nothing to undo in ${project.file}.`);
  }
  const means = meansOf(journal);
  const counts = { done: 0, left: 0, rescan: false };
  for (const step of journal.outstanding) {
    signal.throwIfAborted();
    const { intent } = step;
    const { done, problems } = await takeBack(means, journal, step);
    counts.rescan = !(await recordFiles(project, intent)) || counts.rescan;
    const isBack = problems.length === 0;
    counts[isBack ? "done" : "left"]++;
    emit({
      image: null,
      split: intent.split,
      path: intent.path,
      done: isBack,
      to: isBack ? null : (intent.files[0]?.to ?? null),
      sidecars: Math.max(0, done.length - 1),
      reason: isBack ? null : problems.join("; "),
      refusedByTrash: false,
    });
  }
  await journal.finish("undo");
  return counts;
}

/** The last apply that can be undone; `null` if there is none. */
export async function lastApplied(disk: Disk, file: string): Promise<AppliedStep | null> {
  const journals = await Journal.all(disk, resolve(file));
  const journal = journals.findLast(({ outstanding }) => outstanding.length > 0);
  if (!journal) return null;
  return {
    beganAt: journal.header.began,
    images: journal.outstanding.length,
    finished: journal.finished,
    restorable: journal.outstanding.some(({ intent }) => intent.way !== "delete-forever"),
    journal: journal.file,
    decision: journal.header.decision ?? 0,
  };
}

/** @throws EngineError PROJECT_INVALID if there is no project: opening it for writing would create one */
function existing(file: string): string {
  const path = resolve(file);
  if (statSync(path, { throwIfNoEntry: false })?.isFile()) return path;
  throw new EngineError("PROJECT_INVALID", `There is no project at ${path}. Check the path.`);
}

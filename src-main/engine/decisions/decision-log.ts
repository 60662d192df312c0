import type { Mark } from "../../contract/cut.ts";
import type { Project } from "../store/project.ts";
import { readDecisionsRevision, writeDecisionsRevision } from "../store/settings.ts";

/** A row of `marks` as it is to be; `known` is `null` for no row. */
export interface MarkState {
  readonly mark: Mark | null;
  readonly known: number | null;
}

/** One row of `marks` before and after. */
export interface MarkChange {
  readonly sha256: Buffer;
  readonly split: string;
  readonly path: Buffer;
  readonly before: MarkState;
  readonly after: MarkState;
}

/** Two contents that come to be no duplicates, `a < b`. */
export interface Rejection {
  readonly a: Buffer;
  readonly b: Buffer;
}

/** All that one decision changes. */
export interface Step {
  /** What it does, in words such as `remove 3 images`. */
  readonly label: string;
  readonly marks: readonly MarkChange[];
  readonly rejections: readonly Rejection[];
}

interface ChangeRow {
  readonly sha256: Buffer;
  readonly split: string;
  readonly path: Buffer;
  readonly mark_before: Mark | null;
  readonly known_before: number | null;
  readonly mark_after: Mark | null;
  readonly known_after: number | null;
}

/**
 * Notes a decision as one step that can be undone, and carries it out. It makes those that were undone impossible to do again. A
 * step that would change nothing is not noted.
 * @returns SHA-256 of the contents whose marks it changed; so do the others.
 */
export function takeStep(project: Project, step: Step): Buffer[] {
  if (step.marks.length === 0 && step.rejections.length === 0) return [];
  const { database } = project;
  return database
    .transaction(() => {
      dropUndone(project);
      const { id } = database
        .prepare<[string], { id: number }>("INSERT INTO decisions (label) VALUES (?) RETURNING id")
        .get(step.label) ?? { id: 0 };
      const noteMark = database.prepare("INSERT INTO mark_changes VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
      for (const { sha256, split, path, before, after } of step.marks) {
        noteMark.run(id, sha256, split, path, before.mark, before.known, after.mark, after.known);
      }
      const noteRejection = database.prepare("INSERT INTO not_duplicates_changes VALUES (?, ?, ?)");
      for (const { a, b } of step.rejections) noteRejection.run(id, a, b);
      return carryOut(project, id, "after");
    })
    .immediate();
}

/** Takes the latest step back. Nothing happens when there is none. */
export function undoStep(project: Project): Buffer[] {
  return moveStep(project, LATEST_DONE, "before");
}

/** Does the step again that was undone last. Nothing happens when there is none. */
export function redoStep(project: Project): Buffer[] {
  return moveStep(project, FIRST_UNDONE, "after");
}

const LATEST_DONE = "SELECT id, label FROM decisions WHERE undone = 0 ORDER BY id DESC LIMIT 1";
const FIRST_UNDONE = "SELECT id, label FROM decisions WHERE undone = 1 ORDER BY id LIMIT 1";

/** What the next undo and redo would do, in words. */
export function nextSteps(project: Project): { undo: string | null; redo: string | null } {
  return {
    undo: stepOf(project, LATEST_DONE)?.label ?? null,
    redo: stepOf(project, FIRST_UNDONE)?.label ?? null,
  };
}

/** Pairs of contents that were said not to be duplicates. */
export function countRejections(project: Project): number {
  const count = project.database.prepare<[], number>("SELECT count(*) FROM not_duplicates").pluck();
  return count.get() ?? 0;
}

function stepOf(project: Project, select: string): { id: number; label: string } | undefined {
  return project.database.prepare<[], { id: number; label: string }>(select).get();
}

function moveStep(project: Project, select: string, to: "before" | "after"): Buffer[] {
  const { database } = project;
  return database
    .transaction(() => {
      const step = stepOf(project, select);
      if (!step) return [];
      const contents = carryOut(project, step.id, to);
      database
        .prepare("UPDATE decisions SET undone = ? WHERE id = ?")
        .run(Number(to === "before"), step.id);
      return contents;
    })
    .immediate();
}

/** Brings the rows that a step changed to what they were before it, or are after it. */
function carryOut(project: Project, decision: number, to: "before" | "after"): Buffer[] {
  const { database } = project;
  const drop = database.prepare("DELETE FROM marks WHERE sha256 = ? AND split = ? AND path = ?");
  const put = database.prepare(
    "INSERT OR REPLACE INTO marks (sha256, split, path, mark, known) VALUES (?, ?, ?, ?, ?)",
  );
  const changes = database
    .prepare<[number], ChangeRow>("SELECT * FROM mark_changes WHERE decision = ?")
    .all(decision);
  for (const change of changes) {
    const { sha256, split, path } = change;
    const known = to === "after" ? change.known_after : change.known_before;
    const mark = to === "after" ? change.mark_after : change.mark_before;
    if (known === null) drop.run(sha256, split, path);
    else put.run(sha256, split, path, mark, known);
  }
  const rejections = database
    .prepare(
      to === "after"
        ? "INSERT OR IGNORE INTO not_duplicates SELECT a, b FROM not_duplicates_changes WHERE decision = ?"
        : `DELETE FROM not_duplicates WHERE (a, b) IN
             (SELECT a, b FROM not_duplicates_changes WHERE decision = ?)`,
    )
    .run(decision);
  meetPresentFiles(project);
  const revision = readDecisionsRevision(project);
  writeDecisionsRevision(project, {
    decisions: revision.decisions + 1,
    rejections: revision.rejections + Number(rejections.changes > 0),
  });
  return changes.map(({ sha256 }) => sha256);
}

/** No file id is higher: nothing that comes later is the file, moved. */
const LAST_ID = Number.MAX_SAFE_INTEGER;

/** Notes that a file was removed on purpose: a copy that comes later is another file, and bears no mark of this one's. */
export function closeMark(project: Project, file: Pick<MarkChange, "sha256" | "split" | "path">) {
  project.database
    .prepare("UPDATE marks SET known = ? WHERE sha256 = ? AND split = ? AND path = ?")
    .run(LAST_ID, file.sha256, file.split, file.path);
}

/**
 * Notes that the files of marks are there now, beside all that the project knows: a copy that is there as well is not the file,
 * moved, should the file go later.
 */
export function meetPresentFiles(project: Project): void {
  project.database.exec(
    `UPDATE marks SET known = (SELECT max(id) FROM files)
     WHERE known < (SELECT max(id) FROM files) AND EXISTS (
       SELECT 1 FROM splits s JOIN files f ON f.split = s.id AND f.path = marks.path
       JOIN contents c ON c.id = f.content
       WHERE s.name = marks.split AND f.present = 1 AND c.sha256 = marks.sha256)`,
  );
}

function dropUndone(project: Project): void {
  for (const table of ["mark_changes", "not_duplicates_changes"]) {
    project.database.exec(
      `DELETE FROM ${table} WHERE decision IN (SELECT id FROM decisions WHERE undone = 1)`,
    );
  }
  project.database.exec("DELETE FROM decisions WHERE undone = 1");
}

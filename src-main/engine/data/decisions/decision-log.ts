import type { Mark } from "../../../contract/cut.ts";
import type { ImageId } from "../../../contract/ids.ts";
import type { Project } from "../project-file.ts";
import { readDecisionsRevision, writeDecisionsRevision } from "../settings.ts";

/** The wanted state of a row of `marks`; `known` is `null` for no row. */
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

/** One mark for many files whose contents have no rows of vanished files. */
export interface FileMarks {
  readonly mark: Mark | null;
  /** File ids. */
  readonly files: readonly number[];
}

/** The correct label of one file before and after; `null` for none. */
export interface LabelChange {
  readonly sha256: Buffer;
  readonly split: string;
  readonly path: Buffer;
  readonly before: string | null;
  readonly after: string | null;
}

/** Two contents, by id, that are newly rejected as duplicates; each pair once. */
export type Rejection = readonly [number, number];

/** Everything that one decision changes. */
export interface Step {
  /** What it does, such as `remove 3 images`. */
  readonly label: string;
  readonly marks: readonly MarkChange[];
  readonly files: readonly FileMarks[];
  readonly labels: readonly LabelChange[];
  readonly rejections: readonly Rejection[];
}

/** No changes; spread it into a step that makes only one kind of change. */
export const NO_CHANGE = { marks: [], files: [], labels: [], rejections: [] } as const;

/** The files whose marks a step changed. */
export interface ChangedMarks extends Pick<Step, "files"> {
  /** SHA-256 of contents, in addition to `files`; `many` if it is faster to read all marks again. */
  readonly contents: readonly Buffer[] | "many";
  /** One of the images that an undone or redone step changed; `null` if it changed many, or none that is present. */
  readonly image: ImageId | null;
}

const MANY_CONTENTS = 5000;
const NOTHING_CHANGED: ChangedMarks = { contents: [], files: [], image: null };

function fewOrMany(contents: readonly Buffer[]): ChangedMarks["contents"] {
  return contents.length > MANY_CONTENTS ? "many" : contents;
}

/** Records a decision as one step that can be undone, and applies it. Undone steps can no longer be redone. Ignores an empty step. */
export function takeStep(project: Project, step: Step): ChangedMarks {
  const { marks, files, labels, rejections } = step;
  if ([marks, files, labels, rejections].every(({ length }) => length === 0)) {
    return NOTHING_CHANGED;
  }
  const { database } = project;
  database
    .transaction(() => {
      dropUndone(project);
      const { id } = database
        .prepare<[string], { id: number }>("INSERT INTO decisions (label) VALUES (?) RETURNING id")
        .get(step.label) ?? { id: 0 };
      const insertMark = database.prepare(
        "INSERT INTO mark_changes VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
      );
      for (const { sha256, split, path, before, after } of marks) {
        insertMark.run(id, sha256, split, path, before.mark, before.known, after.mark, after.known);
      }
      recordFiles(project, id, files);
      const insertLabel = database.prepare("INSERT INTO label_changes VALUES (?, ?, ?, ?, ?, ?)");
      for (const { sha256, split, path, before, after } of labels) {
        insertLabel.run(id, sha256, split, path, before, after);
      }
      database
        .prepare(
          `INSERT INTO not_duplicates_changes
           SELECT ?, min(x.sha256, y.sha256), max(x.sha256, y.sha256)
           FROM json_each(?) pair CROSS JOIN contents x ON x.id = pair.value ->> 0
           JOIN contents y ON y.id = pair.value ->> 1`,
        )
        .run(id, JSON.stringify(rejections));
      applyStep(project, id, "after");
    })
    .immediate();
  const contents = new Map(marks.map(({ sha256 }) => [sha256.toString("latin1"), sha256]));
  return { contents: fewOrMany([...contents.values()]), files, image: null };
}

/** Records the changes of many files sorted by SHA-256, the order of the table; random order is several times slower. */
function recordFiles(project: Project, decision: number, marks: readonly FileMarks[]): void {
  const insert = project.database.prepare(
    `INSERT INTO mark_changes
     SELECT ?, c.sha256, s.name, f.path, m.mark, m.known, ?, ?
     FROM json_each(?) wanted CROSS JOIN files f ON f.id = wanted.value
     JOIN contents c ON c.id = f.content JOIN splits s ON s.id = f.split
     LEFT JOIN marks m ON m.sha256 = c.sha256 AND m.split = s.name AND m.path = f.path
     ORDER BY c.sha256`,
  );
  const known = lastFile(project);
  for (const { mark, files } of marks) {
    insert.run(decision, mark, mark === null ? null : known, JSON.stringify(files));
  }
}

/** The highest file id. Later files have higher ids. */
export function lastFile({ database }: Project): number {
  return database.prepare<[], number>("SELECT max(id) FROM files").pluck().get() ?? 0;
}

/** Undoes the latest step, if any. */
export function undoStep(project: Project): ChangedMarks {
  return moveStep(project, LATEST_DONE, "before");
}

/** Redoes the step that was undone last, if any. */
export function redoStep(project: Project): ChangedMarks {
  return moveStep(project, FIRST_UNDONE, "after");
}

const LATEST_DONE = "SELECT id, label FROM decisions WHERE undone = 0 ORDER BY id DESC LIMIT 1";
const FIRST_UNDONE = "SELECT id, label FROM decisions WHERE undone = 1 ORDER BY id LIMIT 1";

/** Labels of the steps that the next undo and redo would change. */
export function nextSteps(project: Project): {
  undo: string | null;
  redo: string | null;
  latest: number;
} {
  return {
    undo: stepOf(project, LATEST_DONE)?.label ?? null,
    latest: latestDecision(project),
    redo: stepOf(project, FIRST_UNDONE)?.label ?? null,
  };
}

/** Number of the latest step that is not undone, ascending by time; 0 if there is none. */
export function latestDecision(project: Project): number {
  return stepOf(project, LATEST_DONE)?.id ?? 0;
}

/** Number of rejected pairs of contents. */
export function countRejections(project: Project): number {
  const count = project.database.prepare<[], number>("SELECT count(*) FROM not_duplicates").pluck();
  return count.get() ?? 0;
}

function stepOf(project: Project, select: string): { id: number; label: string } | undefined {
  return project.database.prepare<[], { id: number; label: string }>(select).get();
}

function moveStep(project: Project, select: string, to: "before" | "after"): ChangedMarks {
  const { database } = project;
  return database
    .transaction(() => {
      const step = stepOf(project, select);
      if (!step) return NOTHING_CHANGED;
      applyStep(project, step.id, to);
      database
        .prepare("UPDATE decisions SET undone = ? WHERE id = ?")
        .run(Number(to === "before"), step.id);
      const contents = database
        .prepare<[number, number], Buffer>(
          "SELECT DISTINCT sha256 FROM mark_changes WHERE decision = ? LIMIT ?",
        )
        .pluck()
        .all(step.id, MANY_CONTENTS + 1);
      return { contents: fewOrMany(contents), files: [], image: changedImage(project, step.id) };
    })
    .immediate();
}

/** A step that changed more images than this did not concern a single cluster. */
const MOST_IMAGES_OF_ONE_CLUSTER = 200;

/** The first image that a step changed, if it changed few. */
function changedImage({ database }: Project, decision: number): ImageId | null {
  const changed = ["mark_changes", "label_changes"].flatMap((table) =>
    database
      .prepare<[number, number], ImageId | null>(
        `SELECT f.id FROM ${table} m LEFT JOIN splits s ON s.name = m.split
         LEFT JOIN files f ON f.split = s.id AND f.path = m.path AND f.present = 1
         WHERE m.decision = ? LIMIT ?`,
      )
      .pluck()
      .all(decision, MOST_IMAGES_OF_ONE_CLUSTER + 1),
  );
  if (changed.length > MOST_IMAGES_OF_ONE_CLUSTER) return null;
  const there = changed.filter((image) => image !== null);
  if (there.length > 0) return Math.min(...there) as ImageId;
  const rejected = database.prepare<[number], ImageId>(
    `SELECT f.id FROM not_duplicates_changes n JOIN contents c ON c.sha256 = n.a
     JOIN files f ON f.content = c.id AND f.present = 1 WHERE n.decision = ? LIMIT 1`,
  );
  return rejected.pluck().get(decision) ?? null;
}

/** Sets the rows that a step changed to their state before or after it. */
function applyStep(project: Project, decision: number, to: "before" | "after"): void {
  const { database } = project;
  database
    .prepare(
      `DELETE FROM marks WHERE (sha256, split, path) IN
         (SELECT sha256, split, path FROM mark_changes WHERE decision = ? AND known_${to} IS NULL)`,
    )
    .run(decision);
  database
    .prepare(
      `INSERT OR REPLACE INTO marks (sha256, split, path, mark, known, seen)
       SELECT sha256, split, path, mark_${to}, known_${to}, known_${to} FROM mark_changes
       WHERE decision = ? AND known_${to} IS NOT NULL`,
    )
    .run(decision);
  database
    .prepare(
      `DELETE FROM right_labels WHERE (sha256, split, path) IN
         (SELECT sha256, split, path FROM label_changes WHERE decision = ? AND label_${to} IS NULL)`,
    )
    .run(decision);
  database
    .prepare(
      `INSERT OR REPLACE INTO right_labels (sha256, split, path, label)
       SELECT sha256, split, path, label_${to} FROM label_changes
       WHERE decision = ? AND label_${to} IS NOT NULL`,
    )
    .run(decision);
  const rejections = database
    .prepare(
      to === "after"
        ? `INSERT OR IGNORE INTO not_duplicates (a, b, seen)
             SELECT a, b, (SELECT max(id) FROM files) FROM not_duplicates_changes WHERE decision = ?`
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
}

/** No file id is higher, so no later file can be this file, moved. */
const LAST_ID = Number.MAX_SAFE_INTEGER;

/** Records that a file was removed on purpose: a later copy is another file and does not inherit its mark. */
export function closeMark(project: Project, file: Pick<MarkChange, "split" | "path">): void {
  setKnown(project, file, LAST_ID);
}

/** Records that a file that was removed on purpose is back. */
export function reopenMark(project: Project, file: Pick<MarkChange, "split" | "path">): void {
  setKnown(project, file, lastFile(project));
}

/** Updates the row of one path, for the content that the file has or had. */
function setKnown(
  { database }: Project,
  { split, path }: Pick<MarkChange, "split" | "path">,
  known: number,
): void {
  database
    .prepare(
      `UPDATE marks SET known = ? WHERE split = ? AND path = ? AND sha256 = (
         SELECT c.sha256 FROM files f JOIN splits s ON s.id = f.split JOIN contents c ON c.id = f.content
         WHERE s.name = marks.split AND f.path = marks.path)`,
    )
    .run(known, split, path);
}

/**
 * Records that marked files are present at the same time as all files known now. If one of them vanishes later, none of its present
 * copies inherits its mark.
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

/** Records whether a decision left anything of these images' clusters open. @param images by id */
export function writeSettled(
  { database }: Project,
  images: readonly number[],
  isSettled: boolean,
): void {
  if (images.length === 0) return;
  // As a join, SQLite would scan all images for each mark: ten minutes for 60,000 of them.
  database
    .prepare<[number, number, string]>(
      `UPDATE marks SET settled = ? WHERE settled <> ? AND (sha256, split, path) IN (
         SELECT c.sha256, s.name, f.path FROM json_each(?) one CROSS JOIN files f ON f.id = one.value
         JOIN contents c ON c.id = f.content JOIN splits s ON s.id = f.split)`,
    )
    .run(Number(isSettled), Number(isSettled), JSON.stringify(images));
}

function dropUndone(project: Project): void {
  for (const table of ["mark_changes", "label_changes", "not_duplicates_changes"]) {
    project.database.exec(
      `DELETE FROM ${table} WHERE decision IN (SELECT id FROM decisions WHERE undone = 1)`,
    );
  }
  project.database.exec("DELETE FROM decisions WHERE undone = 1");
}

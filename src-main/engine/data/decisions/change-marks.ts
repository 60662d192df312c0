import type { Mark } from "../../../contract/cut.ts";
import { readColumns } from "../columns.ts";
import { sha256Reader } from "../contents-table.ts";
import type { Project } from "../project-file.ts";
import {
  type FileMarks,
  lastFile,
  type MarkChange,
  type MarkState,
  type Step,
} from "./decision-log.ts";
import { contentMarksReader, type MarkedFile, type MarkRow, markOf } from "./effective-marks.ts";

const NO_ROW: MarkState = { mark: null, known: null };

/** What marking images would change, and how many of them keep what they have because their split is protected. */
export interface MarkPlan extends Pick<Step, "marks" | "files"> {
  readonly refused: number;
  /** Images whose mark changes. */
  readonly changed: number;
}

/**
 * Plans marks for images. Nearly all are of contents whose every row is that of a file that is there; those may be many, and
 * are planned at once. The others are planned content by content:
 *
 * - An image that took its mark over from a file which it is, moved, gets a row of its own, and the old row goes: nobody else
 *   shall take it over.
 * - An image whose mark is cleared while rows of vanished files are left gets a row that says so, or it would take over one of
 *   those.
 * @param wanted marks by image id; ids that are not there are left out
 */
export function planMarks(project: Project, wanted: ReadonlyMap<number, Mark | null>): MarkPlan {
  const plan = { marks: [] as MarkChange[], files: [] as FileMarks[], refused: 0, changed: 0 };
  const byMark = new Map<Mark | null, number[]>();
  const entangled = new Set<number>();
  const rows = wantedFiles(project, wanted.keys());
  rows.id.forEach((id, row) => {
    if (rows.orphans[row] === 1) entangled.add(rows.content[row] as number);
    else if (rows.protected[row] === 1) plan.refused++;
    else {
      const mark = wanted.get(id) ?? null;
      if (rows.mark[row] === mark) return;
      plan.changed++;
      const files = byMark.get(mark);
      if (files) files.push(id);
      else byMark.set(mark, [id]);
    }
  });
  for (const [mark, files] of byMark) plan.files.push({ mark, files });

  const sha256 = sha256Reader(project);
  const known = lastFile(project);
  const read = contentMarksReader(project);
  for (const id of entangled) {
    const content = read(sha256(id));
    const rowAt = new Map<string, MarkRow>();
    const orphans = new Set(content.orphans);
    for (const row of [...content.rowOf.values(), ...orphans]) rowAt.set(placeOf(row), row);
    for (const file of content.files) {
      const mark = wanted.get(file.id);
      if (mark === undefined || !file.viewed) continue;
      if (file.protected) {
        plan.refused++;
        continue;
      }
      if (markOf(content, file) === mark) continue;
      plan.changed++;
      const former = content.rowOf.get(file.id);
      if (former && orphans.delete(former)) plan.marks.push(change(former, former, NO_ROW));
      const own = rowAt.get(placeOf(file));
      const gone = mark === null && orphans.size === 0;
      const after = gone ? NO_ROW : { mark, known };
      if (own || !gone) plan.marks.push(change(file, own, after));
    }
  }
  return plan;
}

/**
 * Whether a row `m` of `marks` is one of a file that is no longer there, as SQL: rule 1 of {@link assignMarks} finds none of its
 * content where it was.
 */
const IS_ORPHAN = `NOT EXISTS (
  SELECT 1 FROM splits place JOIN files there ON there.split = place.id AND there.path = m.path
  JOIN contents content ON content.id = there.content
  WHERE place.name = m.split AND there.present = 1 AND there.state = 'image' AND content.sha256 = m.sha256)`;

interface WantedFile extends Record<string, number | string | null> {
  id: number;
  content: number;
  protected: number;
  /** The mark of its own row. */
  mark: Mark | null;
  /** Whether its content has rows of files that are no longer there. */
  orphans: number;
}

/** The files among these that are there, in the last scan's splits, in columns. */
function wantedFiles(project: Project, ids: Iterable<number>) {
  return readColumns<WantedFile>(
    project.database,
    `SELECT f.id, f.content, s.protected, own.mark,
       EXISTS (SELECT 1 FROM marks m WHERE m.sha256 = c.sha256 AND m.mark IS NOT NULL AND ${IS_ORPHAN}) AS orphans
     FROM json_each(?) wanted CROSS JOIN files f ON f.id = wanted.value
     JOIN splits s ON s.id = f.split JOIN contents c ON c.id = f.content
     LEFT JOIN marks own ON own.sha256 = c.sha256 AND own.split = s.name AND own.path = f.path
     WHERE f.present = 1 AND f.state = 'image' AND s.position IS NOT NULL`,
    ["id", "content", "protected", "mark", "orphans"],
    JSON.stringify([...ids]),
  );
}

function change(
  { sha256, split, path }: MarkedFile | MarkRow,
  before: MarkRow | undefined,
  after: MarkState,
): MarkChange {
  const { mark, known } = before ?? NO_ROW;
  return { sha256, split, path, before: { mark, known }, after };
}

function placeOf({ split, path }: { split: string; path: Buffer }): string {
  return `${split}\0${path.toString("latin1")}`;
}

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

/** The changes that marking images makes. */
export interface MarkChanges extends Pick<Step, "marks" | "files"> {
  /** Images that cannot be marked because their split is protected. */
  readonly refused: number;
  /** Images whose mark changes. */
  readonly changed: number;
}

/**
 * Computes the changes that give images these marks. Contents without rows of vanished files, nearly all of them, are handled in one
 * query. The others are handled one by one:
 *
 * - An image that inherited its mark from a moved file gets its own row, and the old row is deleted so that no other file inherits it.
 * - An image whose mark is cleared while rows of vanished files remain gets a row with a NULL mark; otherwise, it would inherit one of
 *   them.
 * @param wanted marks by image id; unknown ids are ignored
 */
export function changeMarks(
  project: Project,
  wanted: ReadonlyMap<number, Mark | null>,
): MarkChanges {
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
    for (const row of [...content.rowOf.values(), ...orphans]) rowAt.set(fileKey(row), row);
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
      const own = rowAt.get(fileKey(file));
      const gone = mark === null && orphans.size === 0;
      const after = gone ? NO_ROW : { mark, known };
      if (own || !gone) plan.marks.push(change(file, own, after));
    }
  }
  return plan;
}

/** SQL condition: row `m` of `marks` belongs to a vanished file. Rule 1 of {@link assignMarks} does not apply to it. */
const IS_ORPHAN = `NOT EXISTS (
  SELECT 1 FROM splits s2 JOIN files there ON there.split = s2.id AND there.path = m.path
  JOIN contents content ON content.id = there.content
  WHERE s2.name = m.split AND there.present = 1 AND there.state = 'image' AND content.sha256 = m.sha256)`;

interface WantedFile extends Record<string, number | string | null> {
  id: number;
  content: number;
  protected: number;
  /** The mark in its own row. */
  mark: Mark | null;
  /** 1 if its content has rows of vanished files. */
  orphans: number;
}

/** Those of these files that are present in the last scan's splits, as columns. */
function wantedFiles(project: Project, ids: Iterable<number>) {
  return readColumns<WantedFile>(
    project.database,
    `SELECT f.id, f.content, s.protected = 1 OR f.linked = 1 OR f.other_names > 0 AS protected, own.mark,
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

function fileKey({ split, path }: { split: string; path: Buffer }): string {
  return `${split}\0${path.toString("latin1")}`;
}

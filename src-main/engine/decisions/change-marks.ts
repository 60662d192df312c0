import type { Mark } from "../../contract/cut.ts";
import type { Project } from "../store/project.ts";
import type { MarkChange, MarkState } from "./decision-log.ts";
import { contentMarksReader, type MarkedFile, type MarkRow, markOf } from "./effective-marks.ts";

const NO_ROW: MarkState = { mark: null, known: null };

/** What marking images would change, and how many of them keep what they have because their split is protected. */
export interface MarkPlan {
  readonly changes: MarkChange[];
  readonly refused: number;
  /** Images whose mark changes. */
  readonly changed: number;
}

/**
 * Plans marks for images.
 *
 * - An image that took its mark over from a file which it is, moved, gets a row of its own, and the old row goes: nobody else
 *   shall take it over.
 * - An image whose mark is cleared while rows of vanished files are left gets a row that says so, or it would take over one of
 *   those.
 * @param wanted marks by image id; ids that are not there are left out
 */
export function planMarks(project: Project, wanted: ReadonlyMap<number, Mark | null>): MarkPlan {
  const known =
    project.database.prepare<[], number>("SELECT max(id) FROM files").pluck().get() ?? 0;
  const plan = { changes: [] as MarkChange[], refused: 0, changed: 0 };
  const read = contentMarksReader(project);
  for (const sha256 of contentsOf(project, wanted.keys())) {
    const content = read(sha256);
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
      if (former && orphans.delete(former)) plan.changes.push(change(former, former, NO_ROW));
      const own = rowAt.get(placeOf(file));
      const gone = mark === null && orphans.size === 0;
      const after = gone ? NO_ROW : { mark, known };
      if (own || !gone) plan.changes.push(change(file, own, after));
    }
  }
  return plan;
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

/** Distinct contents of images, in the order of the images. */
function contentsOf(project: Project, images: Iterable<number>): Buffer[] {
  const select = project.database
    .prepare<[number], Buffer>(
      "SELECT c.sha256 FROM files f JOIN contents c ON c.id = f.content WHERE f.id = ? AND f.present = 1",
    )
    .pluck();
  const found = new Map<string, Buffer>();
  for (const image of images) {
    const sha256 = select.get(image);
    if (sha256) found.set(sha256.toString("latin1"), sha256);
  }
  return [...found.values()];
}

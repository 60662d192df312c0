import type { Project } from "../project-file.ts";
import type { LabelChange } from "./decision-log.ts";

/** A row of the table `right_labels`, and its file. */
interface LabelRow {
  readonly sha256: Buffer;
  readonly split: string;
  readonly path: Buffer;
  readonly label: string;
  /** `null` if the file vanished or has other content now. */
  readonly file: number | null;
}

/**
 * Labels that a person chose, by image id, for the last scan's splits. A file without its own row gets the label of a vanished file
 * with the same content, the first by split and path: what an image shows does not depend on its name.
 */
export function rightLabels(project: Project): Map<number, string> {
  const labels = new Map<number, string>();
  const orphans: LabelRow[] = [];
  for (const row of labelRows(project)) {
    if (row.file === null) orphans.push(row);
    else labels.set(row.file, row.label);
  }
  const filesOf = filesReader(project);
  for (const { sha256, label } of orphans) {
    for (const { id } of filesOf(sha256)) if (!labels.has(id)) labels.set(id, label);
  }
  return labels;
}

/**
 * Computes the changes that give images these labels. `null` clears a label, including the one of a vanished file with the same content.
 * @param wanted labels by image id; unknown images and unchanged labels are ignored
 */
export function changeLabels(
  project: Project,
  wanted: ReadonlyMap<number, string | null>,
): { labels: LabelChange[]; changed: number } {
  const rows = labelRows(project);
  const ownRow = new Map(rows.map((row) => [row.file, row]));
  const orphans = Map.groupBy(
    rows.filter(({ file }) => file === null),
    ({ sha256 }) => sha256.toString("latin1"),
  );
  const now = rightLabels(project);
  const fileOf = project.database.prepare<
    [number],
    { sha256: Buffer; split: string; path: Buffer }
  >(
    `SELECT c.sha256, s.name AS split, f.path FROM files f JOIN contents c ON c.id = f.content
     JOIN splits s ON s.id = f.split WHERE f.id = ? AND f.present = 1 AND f.state = 'image'`,
  );
  const labels: LabelChange[] = [];
  const cleared = new Set<LabelRow>();
  let changed = 0;
  for (const [image, label] of wanted) {
    const file = fileOf.get(image);
    if (!file || (now.get(image) ?? null) === label) continue;
    changed++;
    const own = ownRow.get(image);
    if (own || label !== null) labels.push({ ...file, before: own?.label ?? null, after: label });
    if (label !== null) continue;
    for (const row of orphans.get(file.sha256.toString("latin1")) ?? []) cleared.add(row);
  }
  for (const { sha256, split, path, label } of cleared) {
    labels.push({ sha256, split, path, before: label, after: null });
  }
  return { labels, changed };
}

function labelRows({ database }: Project): LabelRow[] {
  return database
    .prepare<[], LabelRow>(
      `SELECT l.sha256, l.split, l.path, l.label, f.id AS file
       FROM right_labels l LEFT JOIN contents c ON c.sha256 = l.sha256
       LEFT JOIN splits s ON s.name = l.split
       LEFT JOIN files f ON f.split = s.id AND f.path = l.path AND f.content = c.id
         AND f.present = 1 AND f.state = 'image'
       ORDER BY l.split, l.path, l.sha256`,
    )
    .all();
}

/** Returns the present files of one content, in the last scan's splits. */
function filesReader({ database }: Project): (sha256: Buffer) => { id: number }[] {
  const select = database.prepare<[Buffer], { id: number }>(
    `SELECT f.id FROM contents c JOIN files f ON f.content = c.id JOIN splits s ON s.id = f.split
     WHERE c.sha256 = ? AND f.present = 1 AND f.state = 'image' AND s.position IS NOT NULL`,
  );
  return (sha256) => select.all(sha256);
}

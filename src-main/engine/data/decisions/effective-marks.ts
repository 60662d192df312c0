import type { Mark } from "../../../contract/cut.ts";
import { readColumns } from "../columns.ts";
import { sha256Reader } from "../contents-table.ts";
import type { Project } from "../project-file.ts";

/** A row of the table `marks`. */
export interface MarkRow {
  readonly sha256: Buffer;
  readonly split: string;
  readonly path: Buffer;
  /** `null` for a file that was deliberately left unmarked. */
  readonly mark: Mark | null;
  /** Highest file id that existed at the same time as the file. */
  readonly known: number;
  /** Highest file id at the time of the decision. */
  readonly seen: number;
  /** 1 if the last decision about its cluster left no image undecided. */
  readonly settled: number;
}

/** A present file whose content has marks. */
export interface MarkedFile {
  readonly id: number;
  readonly sha256: Buffer;
  readonly split: string;
  readonly path: Buffer;
  readonly protected: boolean;
  /** Whether its split is one of the last scan's. */
  readonly viewed: boolean;
}

/** The files of one content and the rows that their marks come from. */
export interface ContentMarks {
  readonly files: readonly MarkedFile[];
  /** The row that each file's mark comes from, by file id: its own, or the one of the file it was before a move. */
  readonly rowOf: ReadonlyMap<number, MarkRow>;
  /** Rows of vanished files, by `(split, path)`. */
  readonly orphans: readonly MarkRow[];
}

/**
 * Assigns rows to files.
 *
 * 1. A file gets its own row: same content, split and path.
 * 2. Each row of a vanished file goes to the first file without a row that appeared after the mark was made: the file was renamed or
 *    moved. An unmarked copy therefore never inherits the mark of a deleted one.
 * @param rows of one content
 * @param files of the same content
 */
export function assignMarks(rows: readonly MarkRow[], files: readonly MarkedFile[]): ContentMarks {
  const fileKey = ({ split, path }: { split: string; path: Buffer }) =>
    `${split}\0${path.toString("latin1")}`;
  const ordered = files.toSorted((x, y) => byText(fileKey(x), fileKey(y)));
  const fileAt = new Map(ordered.map((file) => [fileKey(file), file]));
  const rowOf = new Map<number, MarkRow>();
  const orphans: MarkRow[] = [];
  for (const row of rows.toSorted((x, y) => byText(fileKey(x), fileKey(y)))) {
    const own = fileAt.get(fileKey(row));
    if (own) rowOf.set(own.id, row);
    else if (row.mark !== null) orphans.push(row);
  }
  for (const row of orphans) {
    const heir = ordered.find(({ id }) => !rowOf.has(id) && id > row.known);
    if (heir) rowOf.set(heir.id, row);
  }
  return { files: ordered, rowOf, orphans };
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A file's current mark; files in protected splits have none. */
export function markOf({ rowOf }: ContentMarks, file: MarkedFile): Mark | null {
  return file.protected ? null : (rowOf.get(file.id)?.mark ?? null);
}

interface MarkOfFile extends Record<string, number | string | null> {
  /** The row's own file; `null` if it vanished. */
  id: number | null;
  content: number | null;
  mark: Mark;
  /** 1 if the file's split belongs to the last scan and is not protected. */
  counts: number;
}

/** Marks of the images in the last scan's splits, by id. Contents with rows of vanished files are handled one by one. */
export function effectiveMarks(project: Project): Map<number, Mark> {
  const { database } = project;
  const rows = readColumns<MarkOfFile>(
    database,
    `SELECT f.id, c.id AS content, m.mark, s.protected = 0 AND s.position IS NOT NULL AS counts
     FROM marks m LEFT JOIN contents c ON c.sha256 = m.sha256 LEFT JOIN splits s ON s.name = m.split
     LEFT JOIN files f ON f.split = s.id AND f.path = m.path AND f.content = c.id
       AND f.present = 1 AND f.state = 'image'
     WHERE m.mark IS NOT NULL`,
    ["id", "content", "mark", "counts"],
  );
  const marks = new Map<number, Mark>();
  const entangled = new Set<number>();
  rows.id.forEach((id, row) => {
    // All columns have the same length, hence the casts.
    if (id === null) entangled.add(rows.content[row] ?? -1);
    else if (rows.counts[row] === 1) marks.set(id, rows.mark[row] as Mark);
  });
  const sha256 = sha256Reader(project);
  const read = contentMarksReader(project);
  for (const id of entangled) {
    const content = read(sha256(id));
    for (const file of content.files) {
      const mark = markOf(content, file);
      if (mark !== null && file.viewed) marks.set(file.id, mark);
      else marks.delete(file.id);
    }
  }
  return marks;
}

type FileRow = Omit<MarkedFile, "protected" | "viewed"> & Record<"protected" | "viewed", number>;

const asFile = (row: FileRow): MarkedFile => ({
  ...row,
  protected: row.protected === 1,
  viewed: row.viewed === 1,
});

/** Returns a reader of one content's marks. */
export function contentMarksReader(project: Project): (sha256: Buffer) => ContentMarks {
  const { database } = project;
  const rows = database.prepare<[Buffer], MarkRow>(
    "SELECT sha256, split, path, mark, known, seen, settled FROM marks WHERE sha256 = ?",
  );
  const files = database.prepare<[Buffer], FileRow>(
    `SELECT f.id, c.sha256, s.name AS split, f.path, s.protected, s.position IS NOT NULL AS viewed
     FROM contents c JOIN files f ON f.content = c.id JOIN splits s ON s.id = f.split
     WHERE c.sha256 = ? AND f.present = 1 AND f.state = 'image'`,
  );
  return (sha256) => assignMarks(rows.all(sha256), files.all(sha256).map(asFile));
}

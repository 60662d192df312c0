import type { Mark } from "../../contract/cut.ts";
import type { Project } from "../store/project.ts";

/** A row of the table `marks`. */
export interface MarkRow {
  readonly sha256: Buffer;
  readonly split: string;
  readonly path: Buffer;
  /** `null` for a file that was left without a mark on purpose. */
  readonly mark: Mark | null;
  /** Highest file id that is known to have been there beside the file. */
  readonly known: number;
}

/** A file that is there, of a content that somebody marked. */
export interface MarkedFile {
  readonly id: number;
  readonly sha256: Buffer;
  readonly split: string;
  readonly path: Buffer;
  readonly protected: boolean;
  /** Whether its split is one of the last scan's. */
  readonly viewed: boolean;
}

/** What stands behind the marks of one content's files. */
export interface ContentMarks {
  readonly files: readonly MarkedFile[];
  /** The row that each file takes its mark from: its own, or that of a file which it is, moved. By file id. */
  readonly rowOf: ReadonlyMap<number, MarkRow>;
  /** Rows of files that are no longer there, by `(split, path)`. */
  readonly orphans: readonly MarkRow[];
}

/**
 * Which file takes its mark from which row.
 *
 * 1. A file has the mark of its own row: same content, split and path.
 * 2. Of rows whose own file is gone, each in order goes to the first file without a row of its own that came after the mark was
 *    made: the file was renamed or moved. So a copy that nobody marked never takes over the mark of one that was deleted.
 * @param rows of one content
 * @param files of the same content
 */
export function assignMarks(rows: readonly MarkRow[], files: readonly MarkedFile[]): ContentMarks {
  const placeOf = ({ split, path }: { split: string; path: Buffer }) =>
    `${split}\0${path.toString("latin1")}`;
  const ordered = files.toSorted((x, y) => byText(placeOf(x), placeOf(y)));
  const fileAt = new Map(ordered.map((file) => [placeOf(file), file]));
  const rowOf = new Map<number, MarkRow>();
  const orphans: MarkRow[] = [];
  for (const row of rows.toSorted((x, y) => byText(placeOf(x), placeOf(y)))) {
    const own = fileAt.get(placeOf(row));
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

/** The mark that a file has now; nothing in a protected split is ever marked. */
export function markOf({ rowOf }: ContentMarks, file: MarkedFile): Mark | null {
  return file.protected ? null : (rowOf.get(file.id)?.mark ?? null);
}

/** Marks of the images of the last scan's splits, by id. */
export function effectiveMarks(project: Project): Map<number, Mark> {
  const marks = new Map<number, Mark>();
  for (const content of contentMarks(project)) {
    for (const file of content.files) {
      const mark = markOf(content, file);
      if (mark !== null && file.viewed) marks.set(file.id, mark);
    }
  }
  return marks;
}

type FileRow = Omit<MarkedFile, "protected" | "viewed"> & Record<"protected" | "viewed", number>;

/** Files of the contents that `contents` selects, as SQL. */
const filesOf = (contents: string) =>
  `SELECT f.id, c.sha256, s.name AS split, f.path, s.protected, s.position IS NOT NULL AS viewed
   FROM ${contents} m JOIN contents c ON c.sha256 = m.sha256
   JOIN files f ON f.content = c.id JOIN splits s ON s.id = f.split
   WHERE f.present = 1 AND f.state = 'image'`;

const asFile = (row: FileRow): MarkedFile => ({
  ...row,
  protected: row.protected === 1,
  viewed: row.viewed === 1,
});

/** What stands behind the marks, content by content; those that nobody marked are left out. */
function contentMarks(project: Project): ContentMarks[] {
  const { database } = project;
  const rows = database
    .prepare<[], MarkRow>("SELECT sha256, split, path, mark, known FROM marks")
    .all();
  const files = database
    .prepare<[], FileRow>(filesOf("(SELECT DISTINCT sha256 FROM marks)"))
    .all()
    .map(asFile);
  const filesBy = groupBySha256(files);
  return Array.from(groupBySha256(rows), ([key, ofContent]) =>
    assignMarks(ofContent, filesBy.get(key) ?? []),
  );
}

/** Reads what stands behind the marks of one content after the other. */
export function contentMarksReader(project: Project): (sha256: Buffer) => ContentMarks {
  const { database } = project;
  const rows = database.prepare<[Buffer], MarkRow>(
    "SELECT sha256, split, path, mark, known FROM marks WHERE sha256 = ?",
  );
  const files = database.prepare<[Buffer], FileRow>(filesOf("(SELECT ? AS sha256)"));
  return (sha256) => assignMarks(rows.all(sha256), files.all(sha256).map(asFile));
}

function groupBySha256<T extends { readonly sha256: Buffer }>(items: readonly T[]) {
  return Map.groupBy(items, ({ sha256 }) => sha256.toString("latin1"));
}

import { readColumns } from "./columns.ts";
import { missingImage } from "./missing-image.ts";
import type { Project } from "./project-file.ts";
import { parseFolders } from "./splits-table.ts";

/** A file as the last walk found it. */
export interface KnownFile {
  readonly id: number;
  readonly path: Buffer;
  readonly bytes: number;
  readonly modifiedNs: bigint;
  /** Time of the last change of content or attributes, and inode; `null` if an older version saw the file last. */
  readonly changedNs: bigint | null;
  readonly inode: bigint | null;
  readonly isPresent: boolean;
}

/** All files that the project has ever seen in a split, present or not. */
export function* knownFiles({ database }: Project, split: number): Generator<KnownFile> {
  const rows = database
    .prepare<
      [number],
      {
        id: bigint;
        path: Buffer;
        bytes: bigint;
        modified_ns: bigint;
        changed_ns: bigint | null;
        inode: bigint | null;
        present: bigint;
      }
    >("SELECT id, path, bytes, modified_ns, changed_ns, inode, present FROM files WHERE split = ?")
    // Nanoseconds do not fit a double.
    .safeIntegers();
  for (const row of rows.iterate(split)) {
    const { id, path, bytes, modified_ns, changed_ns, inode, present } = row;
    yield {
      id: Number(id),
      path,
      bytes: Number(bytes),
      modifiedNs: modified_ns,
      changedNs: changed_ns,
      inode,
      isPresent: present === 1n,
    };
  }
}

/** What a walk found out about a file. */
export interface FileStats {
  readonly bytes: number;
  readonly modifiedNs: bigint;
  readonly changedNs: bigint;
  readonly inode: bigint;
  /** Other paths in the splits that lead to the file. */
  readonly otherNames: number;
  /** The path leads through a symbolic link. */
  readonly linked: boolean;
}

const WALKED_COLUMNS = [
  "bytes",
  "modified_ns",
  "changed_ns",
  "inode",
  "other_names",
  "linked",
] as const;

const walkedValues = ({ bytes, modifiedNs, changedNs, inode, otherNames, linked }: FileStats) => [
  bytes,
  modifiedNs,
  changedNs,
  inode,
  otherNames,
  Number(linked),
];

/** Writes what a walk found in a split. */
export function fileWriter({ database }: Project, split: number) {
  const insert = database.prepare(
    `INSERT INTO files (split, path, ${WALKED_COLUMNS.join(", ")}, present, state)
     VALUES (?, ?, ${WALKED_COLUMNS.map(() => "?").join(", ")}, 1, 'new')`,
  );
  const renew = database.prepare(
    `UPDATE files SET ${WALKED_COLUMNS.map((name) => `${name} = ?`).join(", ")},
       present = 1, state = 'new', content = NULL, reason = NULL WHERE id = ?`,
  );
  const keep = database.prepare(
    "UPDATE files SET present = 1, other_names = ?, linked = ? WHERE id = ?",
  );
  const setAbsent = database.prepare("UPDATE files SET present = 0 WHERE id = ?");
  const insertSkipped = database.prepare(
    "INSERT INTO skipped_folders (split, path, files) VALUES (?, ?, ?)",
  );
  const insertProblem = database.prepare(
    "INSERT INTO walk_problems (split, path, reason) VALUES (?, ?, ?)",
  );
  return {
    add(path: Buffer, stats: FileStats): void {
      insert.run(split, path, ...walkedValues(stats));
    },
    /** The file changed: it must be read again. */
    renew(id: number, stats: FileStats): void {
      renew.run(...walkedValues(stats), id);
    },
    /** The file is unchanged. */
    keep(id: number, { otherNames, linked }: FileStats): void {
      keep.run(otherNames, Number(linked), id);
    },
    setAbsent(id: number): void {
      setAbsent.run(id);
    },
    replaceProblems(problems: readonly { readonly path: Buffer; readonly reason: string }[]): void {
      database.prepare("DELETE FROM walk_problems WHERE split = ?").run(split);
      for (const { path, reason } of problems) insertProblem.run(split, path, reason);
    },
    replaceSkipped(folders: readonly { readonly path: Buffer; readonly files: number }[]): void {
      database.prepare("DELETE FROM skipped_folders WHERE split = ?").run(split);
      for (const { path, files } of folders) insertSkipped.run(split, path, files);
    },
    /** @param otherNames paths that lead to files counted by another path */
    setOtherNames(otherNames: number): void {
      database.prepare("UPDATE splits SET other_names = ? WHERE id = ?").run(otherNames, split);
    },
  };
}

/** A file whose pixels must be read. */
export interface PendingFile {
  readonly id: number;
  /** Name of its split, and that split's folder. */
  readonly split: string;
  readonly root: string;
  readonly path: Buffer;
  readonly bytes: number;
}

/**
 * Files that are new or changed, could not be read the last time, or lack an embedding of one of the model outputs; by split and id.
 * @param modelOutputs ids of model outputs
 */
export function filesToRead({ database }: Project, modelOutputs: readonly number[]): PendingFile[] {
  const lacking = modelOutputs
    .map(
      (modelOutput) =>
        `NOT EXISTS (SELECT 1 FROM embeddings e WHERE e.content = f.content AND e.response = ${modelOutput})`,
    )
    .join(" OR ");
  return database
    .prepare<[], PendingFile>(
      `SELECT f.id, s.name AS split, s.root, f.path, f.bytes FROM files f JOIN splits s ON s.id = f.split
       WHERE f.present = 1 AND s.position IS NOT NULL
         AND (f.state IN ('new', 'unreadable') OR (f.state = 'image' AND (${lacking})))
       ORDER BY s.position, f.id`,
    )
    .all();
}

/** Where a file is. */
export interface FilePlace {
  readonly root: string;
  /** The split's folders below `root`, if it has several. */
  readonly folders?: readonly string[];
  /** Relative to `root`. */
  readonly path: Buffer;
  /** The path leads through a link, or other paths lead to the file. */
  readonly isLinked: boolean;
}

/** Finds files by id. */
export function filePathReader({ database }: Project): (file: number) => FilePlace | undefined {
  const select = database.prepare<
    [number],
    { root: string; folders: string | null; path: Buffer; linked: number }
  >(
    `SELECT s.root, s.folders, f.path, f.linked = 1 OR f.other_names > 0 AS linked
     FROM files f JOIN splits s ON s.id = f.split WHERE f.id = ?`,
  );
  return (file) => {
    const row = select.get(file);
    if (!row) return undefined;
    const { root, folders, path, linked } = row;
    return {
      root,
      ...(folders !== null && { folders: parseFolders(folders) }),
      path,
      isLinked: linked === 1,
    };
  };
}

/** An image file as the last scan saw it. */
export interface StoredImage {
  readonly split: string;
  readonly root: string;
  /** The split's folders below `root`, if it has several. */
  readonly folders?: readonly string[];
  /** Relative to `root`. */
  readonly path: Buffer;
  readonly bytes: number;
  readonly modifiedNs: bigint;
  /** Id of its content. */
  readonly content: number;
  /** Of its bytes, in hex. */
  readonly sha256: string;
  /** Upright, in pixels. */
  readonly width: number;
  readonly height: number;
  readonly format: string;
  /** Whether it is a readable image that is in its split's folder. */
  readonly isPresent: boolean;
  readonly isProtected: boolean;
  /** The path leads through a link, or other paths lead to the file. */
  readonly isLinked: boolean;
}

/** Looks up one image of the last scan's splits without loading the project. @throws EngineError USAGE for any other image. */
export function storedImage({ database, file }: Project, image: number): StoredImage {
  const row = database
    .prepare<
      [number],
      {
        split: string;
        root: string;
        folders: string | null;
        path: Buffer;
        bytes: bigint;
        modified_ns: bigint;
        content: bigint;
        sha256: Buffer;
        width: bigint;
        height: bigint;
        format: string;
        present: bigint;
        protected: bigint;
        linked: bigint;
      }
    >(
      `SELECT s.name AS split, s.root, s.folders, f.path, f.bytes, f.modified_ns, c.id AS content, c.sha256,
         c.width, c.height, c.format, s.protected, f.linked = 1 OR f.other_names > 0 AS linked,
         f.present = 1 AND f.state = 'image' AS present
       FROM files f JOIN splits s ON s.id = f.split JOIN contents c ON c.id = f.content
       WHERE f.id = ? AND s.position IS NOT NULL`,
    )
    // Nanoseconds do not fit a double.
    .safeIntegers()
    .get(image);
  if (!row) {
    throw missingImage({ file }, image);
  }
  const { split, root, path, format } = row;
  return {
    split,
    root,
    ...(row.folders !== null && { folders: parseFolders(row.folders) }),
    path,
    bytes: Number(row.bytes),
    modifiedNs: row.modified_ns,
    content: Number(row.content),
    sha256: row.sha256.toString("hex"),
    width: Number(row.width),
    height: Number(row.height),
    format,
    isPresent: row.present === 1n,
    isProtected: row.protected === 1n,
    isLinked: row.linked === 1n,
  };
}

/** What keeper rules compare. */
export interface ImageMeasures {
  /** Upright, in pixels. */
  readonly width: number;
  readonly height: number;
  readonly bytes: number;
  readonly format: string;
  /** Microseconds since 1970. */
  readonly modified: number;
  /** Number of EXIF entries. */
  readonly exif: number;
  /** Data is missing or broken although the file decodes. */
  readonly isDamaged: boolean;
  /** The path leads through a link, or other paths lead to the file. */
  readonly isLinked: boolean;
}

/** As SQLite returns it. */
type MeasuresRow = Omit<ImageMeasures, "isDamaged" | "isLinked"> & {
  readonly damaged: number;
  readonly linked: number;
};

function measuresOf({ damaged, linked, ...measures }: MeasuresRow): ImageMeasures {
  return { ...measures, isDamaged: damaged === 1, isLinked: linked === 1 };
}

const MEASURES = `SELECT f.id, c.width, c.height, c.bytes, c.format, f.modified_ns / 1000 AS modified,
    coalesce(c.exif, 0) AS exif, coalesce(c.damage, '') <> '' AS damaged,
    f.linked = 1 OR f.other_names > 0 AS linked
  FROM files f JOIN contents c ON c.id = f.content WHERE f.present = 1`;

/** Reads the measures of single images by id. */
export function imageMeasuresReader({
  database,
}: Project): (image: number) => ImageMeasures | undefined {
  const select = database.prepare<[number], MeasuresRow>(`${MEASURES} AND f.id = ?`);
  return (image) => {
    const row = select.get(image);
    return row && measuresOf(row);
  };
}

/** The measures of all present images, by id. */
export function allImageMeasures({ database }: Project): Map<number, ImageMeasures> {
  const { id, width, height, bytes, format, modified, exif, damaged, linked } = readColumns<
    { -readonly [K in keyof MeasuresRow]: MeasuresRow[K] } & { id: number }
  >(database, MEASURES, [
    "id",
    "width",
    "height",
    "bytes",
    "format",
    "modified",
    "exif",
    "damaged",
    "linked",
  ]);
  // All columns have the same length, hence the casts.
  return new Map(
    id.map((image, row) => [
      image,
      {
        width: width[row] as number,
        height: height[row] as number,
        bytes: bytes[row] as number,
        format: format[row] as string,
        modified: modified[row] as number,
        exif: exif[row] as number,
        isDamaged: damaged[row] === 1,
        isLinked: linked[row] === 1,
      },
    ]),
  );
}

/** Changes when files are removed, come back, or get another content. */
export function presentFilesDigest({ database }: Project): unknown {
  return database
    .prepare("SELECT count(*), total(id), total(id * content) FROM files WHERE present = 1")
    .raw()
    .get();
}

/** A file, by the name of its split and its path in it. */
interface SplitPath {
  readonly split: string;
  readonly path: Buffer;
}

/** Records whether a file is there. */
export function setFilePresent(
  { database }: Project,
  { split, path }: SplitPath,
  isPresent: boolean,
): void {
  database
    .prepare(
      "UPDATE files SET present = ? WHERE path = ? AND split = (SELECT id FROM splits WHERE name = ?)",
    )
    .run(Number(isPresent), path, split);
}

/** Records that a file now has a content that the project knows; does nothing for one that it does not know. */
export function setFileContent(
  { database }: Project,
  { split, path }: SplitPath,
  now: { readonly sha256: Buffer; readonly bytes: bigint; readonly modifiedNs: bigint },
): void {
  database
    .prepare(
      `UPDATE files SET bytes = ?, modified_ns = ?, content = (SELECT id FROM contents WHERE sha256 = ?)
       WHERE path = ? AND split = (SELECT id FROM splits WHERE name = ?)
         AND EXISTS (SELECT 1 FROM contents WHERE sha256 = ?)`,
    )
    .run(now.bytes, now.modifiedNs, now.sha256, path, split, now.sha256);
}

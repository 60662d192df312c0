import type { Split } from "../../contract/scan-request.ts";
import type { Project } from "../data/project-file.ts";
import { forgetScanRecord, readDecodeVersion, writeDecodeVersion } from "../data/settings.ts";
import type { InputSize } from "./decode/decode.ts";
import { SMALL_JPEG_PIXELS } from "./decode/small-jpeg.ts";
import type { WalkResult } from "./walk/walk-split.ts";

/** A split with its number in the project. */
export interface CatalogSplit extends Split {
  readonly id: number;
}

/** A file whose pixels have to be looked at. */
export interface PendingFile {
  readonly id: number;
  /** Name of its split, and that split's folder. */
  readonly split: string;
  readonly root: string;
  readonly path: Buffer;
  readonly bytes: number;
}

/**
 * Notes which splits the project consists of now, and what the walk found in each. A file whose size and time are as they were is known;
 * any other is to be read again. One transaction: a kill leaves the old state or the new.
 * @param walked one result per split, in the same order.
 * @returns the splits, and whether any file came, went or changed.
 */
export function recordWalk(
  project: Project,
  splits: readonly Split[],
  walked: readonly WalkResult[],
  protectedSplits: readonly string[],
): { splits: CatalogSplit[]; changed: boolean } {
  const { database } = project;
  return database.transaction(() => {
    let changed = false;
    const former = new Map(
      database
        .prepare<[], { name: string; root: string }>(
          "SELECT name, root FROM splits WHERE position IS NOT NULL",
        )
        .all()
        .map(({ name, root }) => [name, root]),
    );
    changed ||= former.size !== splits.length;
    database.prepare("UPDATE splits SET position = NULL").run();
    const upsert = database.prepare<[string, string, number, number], { id: number }>(
      `INSERT INTO splits (name, root, position, protected) VALUES (?, ?, ?, ?)
       ON CONFLICT (name) DO UPDATE SET root = excluded.root, position = excluded.position, protected = excluded.protected
       RETURNING id`,
    );
    const catalog = splits.map(({ name, root }, position) => {
      const row = upsert.get(name, root, position, Number(protectedSplits.includes(name)));
      if (!row) throw new Error("SQLite returned no split id");
      const moved = former.get(name) !== root;
      changed ||= moved;
      const found = walked[position] ?? { files: [], problems: [] };
      changed = recordFiles(project, row.id, found, moved) || changed;
      return { id: row.id, name, root };
    });
    return { splits: catalog, changed };
  })();
}

function recordFiles(project: Project, split: number, found: WalkResult, moved: boolean): boolean {
  const { database } = project;
  interface Known {
    readonly id: number;
    readonly path: Buffer;
    readonly bytes: number;
    readonly modified_ns: bigint;
    readonly present: number;
  }
  const known = new Map<string, Known>();
  const rows = database
    .prepare<[number], Known>(
      "SELECT id, path, bytes, modified_ns, present FROM files WHERE split = ?",
    )
    .safeIntegers();
  for (const row of rows.iterate(split)) known.set(row.path.toString("latin1"), row);

  const insert = database.prepare(
    "INSERT INTO files (split, path, bytes, modified_ns, present, state) VALUES (?, ?, ?, ?, 1, 'new')",
  );
  const renew = database.prepare(
    "UPDATE files SET bytes = ?, modified_ns = ?, present = 1, state = 'new', content = NULL, reason = NULL WHERE id = ?",
  );
  const comeBack = database.prepare("UPDATE files SET present = 1 WHERE id = ?");
  const goAway = database.prepare("UPDATE files SET present = 0 WHERE id = ?");

  let changed = false;
  for (const { path, bytes, modifiedNs } of found.files) {
    const key = path.toString("latin1");
    const row = known.get(key);
    known.delete(key);
    if (!row) insert.run(split, path, bytes, modifiedNs);
    else if (moved || Number(row.bytes) !== bytes || row.modified_ns !== modifiedNs) {
      renew.run(bytes, modifiedNs, row.id);
    } else if (!row.present) comeBack.run(row.id);
    else continue;
    changed = true;
  }
  for (const row of known.values()) {
    if (!row.present) continue;
    goAway.run(row.id);
    changed = true;
  }

  database.prepare("DELETE FROM walk_problems WHERE split = ?").run(split);
  const problem = database.prepare(
    "INSERT INTO walk_problems (split, path, reason) VALUES (?, ?, ?)",
  );
  for (const { path, reason } of found.problems) problem.run(split, path, reason);
  return changed;
}

/** Goes up when pictures come to be decoded in another way. In version 1 sharp decoded small JPEGs, too. */
const DECODE_VERSION = 2;

/**
 * Lets go of a model's embeddings of pictures that are decoded in another way by now, so that a project of an earlier version answers as a new one.
 */
export function forgetOldDecodes(project: Project, modelSha256: string, input: InputSize): void {
  const { database } = project;
  database.transaction(() => {
    if (readDecodeVersion(project, modelSha256) >= DECODE_VERSION) return;
    const { changes } = database
      .prepare(
        `DELETE FROM embeddings WHERE response IN (SELECT id FROM responses WHERE model = ?) AND content IN (
           SELECT id FROM contents
           WHERE format = 'jpeg' AND width >= ? AND height >= ? AND width * height BETWEEN ? AND ?)`,
      )
      .run(
        modelSha256,
        input.width,
        input.height,
        input.width * input.height + 1,
        SMALL_JPEG_PIXELS,
      );
    if (changes > 0) forgetScanRecord(project);
    writeDecodeVersion(project, modelSha256, DECODE_VERSION);
  })();
}

/**
 * Files that are new, changed, could not be read the last time, or lack an embedding of one of the model outputs. Each split's are by
 * id, the order of the first walk, and spread evenly over the list: leaks can be seen while the scan still runs.
 * @param model outputs ids of the wanted model outputs.
 */
export function pendingFiles(project: Project, modelOutputs: readonly number[]): PendingFile[] {
  const lacking = modelOutputs
    .map(
      (modelOutput) =>
        `NOT EXISTS (SELECT 1 FROM embeddings e WHERE e.content = f.content AND e.response = ${modelOutput})`,
    )
    .join(" OR ");
  const files = project.database
    .prepare<[], PendingFile>(
      `SELECT f.id, s.name AS split, s.root, f.path, f.bytes FROM files f JOIN splits s ON s.id = f.split
       WHERE f.present = 1 AND s.position IS NOT NULL
         AND (f.state IN ('new', 'unreadable') OR (f.state = 'image' AND (${lacking})))
       ORDER BY s.position, f.id`,
    )
    .all();
  return spreadEvenly(Map.groupBy(files, ({ split }) => split));
}

/** The items of all groups, each group's in their order and as far from each other as from both ends. */
function spreadEvenly<T>(groups: ReadonlyMap<string, readonly T[]>): T[] {
  const placed = Array.from(groups.values()).flatMap((group) =>
    group.map((item, at) => ({ item, place: (at + 0.5) / group.length })),
  );
  // Sorting is stable: of equal places the earlier group's comes first.
  return placed.sort((x, y) => x.place - y.place).map(({ item }) => item);
}

/** Numbers of a model's outputs in the project, made when they are not there yet; in the order of `names`. */
export function responseIds(
  project: Project,
  modelSha256: string,
  names: readonly string[],
): number[] {
  const statement = project.database.prepare<[string, string], { id: number }>(
    `INSERT INTO responses (model, name) VALUES (?, ?)
     ON CONFLICT (model, name) DO UPDATE SET name = excluded.name RETURNING id`,
  );
  return names.map((name) => {
    const row = statement.get(modelSha256, name);
    if (!row) throw new Error("SQLite returned no modelOutput id");
    return row.id;
  });
}

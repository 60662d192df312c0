import { isAbsolute } from "node:path";
import { z } from "zod";
import { EngineError } from "../../contract/errors.ts";
import type { Split } from "../../contract/scan-request.ts";
import { staysInside } from "../files/paths.ts";
import type { Project } from "./project-file.ts";

/** A split of the last scan. */
export interface ScannedSplit extends Split {
  readonly id: number;
  readonly protected: boolean;
}

interface StoredSplit {
  readonly id: number;
  readonly name: string;
  readonly root: string;
  readonly folders: string | null;
  readonly protected: number;
}

/** Reads a split's folders from their column. */
export function parseFolders(stored: string): string[] {
  return z.array(z.string()).parse(JSON.parse(stored));
}

/** The last scan's splits, in the order in which they were given. @throws EngineError PROJECT_INVALID for a folder that no scan stores */
export function scannedSplits({ database, file }: Project): ScannedSplit[] {
  const splits = database
    .prepare<[], StoredSplit>(
      "SELECT id, name, root, folders, protected FROM splits WHERE position IS NOT NULL ORDER BY position",
    )
    .all()
    .map(({ id, name, root, folders, protected: isProtected }) => ({
      ...{ id, name, root },
      ...(folders !== null && { folders: parseFolders(folders) }),
      protected: isProtected === 1,
    }));
  const odd = splits.find(
    ({ root, folders = [] }) =>
      !isAbsolute(root) || root.includes("\0") || !folders.every(staysInside),
  );
  if (!odd) return splits;
  throw new EngineError(
    "PROJECT_INVALID",
    `The project ${file} names a folder that no scan stores (${JSON.stringify(odd.root)}). It was not changed. Scan your folders into a new project.`,
  );
}

/**
 * Replaces the splits of the last scan. A split keeps its id as long as it keeps its name.
 * @returns the ids, in the order of `splits`
 */
export function replaceSplits(
  { database }: Project,
  splits: readonly Omit<ScannedSplit, "id">[],
): number[] {
  database.prepare("UPDATE splits SET position = NULL").run();
  const upsert = database
    .prepare<[string, string, string | null, number, number], number>(
      `INSERT INTO splits (name, root, folders, position, protected) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (name) DO UPDATE SET root = excluded.root, folders = excluded.folders, position = excluded.position,
         protected = excluded.protected
       RETURNING id`,
    )
    .pluck();
  return splits.map(({ name, root, folders, protected: isProtected }, position) => {
    const stored = folders === undefined ? null : JSON.stringify(folders);
    const id = upsert.get(name, root, stored, position, Number(isProtected));
    if (id === undefined) throw new Error("SQLite returned no split id");
    return id;
  });
}

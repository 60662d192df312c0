import { isAbsolute } from "node:path";
import { EngineError } from "../../contract/errors.ts";
import type { Split } from "../../contract/scan-request.ts";
import type { Project } from "./project-file.ts";

/** A split of the last scan. */
export interface ScannedSplit extends Split {
  readonly id: number;
  readonly protected: boolean;
}

/** The last scan's splits, in the order in which they were given. @throws EngineError PROJECT_INVALID for a folder that no scan stores */
export function scannedSplits({ database, file }: Project): ScannedSplit[] {
  const splits = database
    .prepare<[], Split & { id: number; protected: number }>(
      "SELECT id, name, root, protected FROM splits WHERE position IS NOT NULL ORDER BY position",
    )
    .all()
    .map((split) => ({ ...split, protected: split.protected === 1 }));
  const odd = splits.find(({ root }) => !isAbsolute(root) || root.includes("\0"));
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
    .prepare<[string, string, number, number], number>(
      `INSERT INTO splits (name, root, position, protected) VALUES (?, ?, ?, ?)
       ON CONFLICT (name) DO UPDATE SET root = excluded.root, position = excluded.position, protected = excluded.protected
       RETURNING id`,
    )
    .pluck();
  return splits.map(({ name, root, protected: isProtected }, position) => {
    const id = upsert.get(name, root, position, Number(isProtected));
    if (id === undefined) throw new Error("SQLite returned no split id");
    return id;
  });
}

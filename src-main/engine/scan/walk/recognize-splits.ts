import { readdir, realpath, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { EngineError } from "../../../contract/errors.ts";
import type { Split } from "../../../contract/scan-request.ts";
import { SPLIT_ORDER, splitOfFolder } from "../../../text/splits.ts";
import { contains } from "../../files/paths.ts";
import { folderUnavailable } from "../../files/system-errors.ts";

/** Name of the only split when a folder contains no split folders. */
const WHOLE_ROOT = "all";

/**
 * Finds a data set's split folders by their names.
 * @returns those of train, test, and val that exist, in this order, or the whole folder as one split `all`
 * @throws EngineError FOLDER_UNAVAILABLE when the folder cannot be listed; USAGE when two folders match the same split
 */
export async function recognizeSplits(root: string): Promise<Split[]> {
  const absolute = resolve(root);
  const entries = await readdir(absolute).catch((cause: unknown) => {
    throw folderUnavailable(absolute, cause);
  });
  const found = new Map<string, string>();
  for (const entry of entries.sort()) {
    const name = splitOfFolder(entry);
    if (name === undefined) continue;
    const folder = join(absolute, entry);
    if (!(await stat(folder).catch(() => undefined))?.isDirectory()) continue;
    const other = found.get(name);
    if (other !== undefined) {
      throw new EngineError(
        "USAGE",
        `Both ${other} and ${folder} look like the ${name} split. Name the folder of each split.`,
      );
    }
    found.set(name, folder);
  }
  if (found.size === 0) return [{ name: WHOLE_ROOT, root: absolute }];
  return [...found]
    .map(([name, folder]) => ({ name, root: folder }))
    .sort((a, b) => SPLIT_ORDER.indexOf(a.name) - SPLIT_ORDER.indexOf(b.name));
}

/**
 * Makes the splits' folders absolute and rejects overlapping folders.
 * @throws EngineError USAGE when a name repeats or one folder contains another; FOLDER_UNAVAILABLE when one does not exist
 */
export async function resolveSplits(splits: readonly Split[]): Promise<Split[]> {
  const resolved: { name: string; root: string; real: string }[] = [];
  for (const { name, root } of splits) {
    const absolute = resolve(root);
    const real = await realpath(absolute).catch((cause: unknown) => {
      throw folderUnavailable(absolute, cause);
    });
    if (!(await stat(real)).isDirectory()) {
      throw new EngineError("FOLDER_UNAVAILABLE", `${absolute} is not a folder.`);
    }
    for (const other of resolved) {
      if (other.name === name) {
        throw new EngineError(
          "USAGE",
          `The split "${name}" is given twice. Give each split its own name.`,
        );
      }
      if (contains(other.real, real) || contains(real, other.real)) {
        throw new EngineError(
          "USAGE",
          `The folders of the splits "${other.name}" and "${name}" overlap (${other.root}, ${absolute}). ` +
            "Choose folders that do not contain each other.",
        );
      }
    }
    resolved.push({ name, root: absolute, real });
  }
  return resolved.map(({ name, root }) => ({ name, root }));
}

import { createHash } from "node:crypto";
import { basename, join, resolve } from "node:path";
import type { Split } from "../../contract/scan-request.ts";
import { foldersOf } from "../../text/splits.ts";

/** Everything but the characters that every file system allows in a name. */
const PLAIN_NAME = /[^A-Za-z0-9._-]+/g;
const LONGEST_NAME = 40;

/**
 * The default project file of a set of split folders. The order of the splits does not matter.
 * @param dataFolder the program's own folder in the user's data
 */
export function defaultProjectFile(dataFolder: string, splits: readonly Split[]): string {
  const named = splits
    .flatMap((split) =>
      foldersOf(split).map((folder) => JSON.stringify([split.name, resolve(folder)])),
    )
    .sort();
  const digest = createHash("sha256").update(named.join("\n")).digest("hex").slice(0, 12);
  const folders = splits.flatMap(foldersOf);
  const first = resolve(folders[0] ?? ".");
  const folder = basename(folders.length > 1 ? resolve(first, "..") : first);
  const name = folder.replaceAll(PLAIN_NAME, "-").slice(0, LONGEST_NAME) || "project";
  return join(dataFolder, "projects", `${name}-${digest}.twinlens`);
}

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { lstat, realpath } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import type { RemovalCheck } from "../../contract/decisions.ts";
import { ImageId } from "../../contract/ids.ts";
import { pathTextFromBytes } from "../../contract/path-text.ts";
import { contains } from "../walk/recognize-splits.ts";
import { absolutePath } from "../walk/walk-split.ts";
import type { RemovalFile } from "./removal-file.ts";

const CHANGED = "it has changed since the scan; scan again";

const NOTHING_LEFT =
  "Nothing of its cluster would be left. Keep one of its images, or allow that all of them go.";

/**
 * Whether a file may be removed now: it must be the very one that was decided on.
 * @param kept images of its cluster one of which must still be there as it was scanned; `null` when that does not matter
 */
export async function checkRemoval(
  file: RemovalFile,
  kept: Iterable<RemovalFile> | null,
): Promise<RemovalCheck> {
  const path = pathTextFromBytes(absolutePath(file.root, file.path));
  const reason =
    reasonInProject(file, path) ??
    (await reasonOnDisk(file)) ??
    (kept === null || (await isAnyThere(kept)) ? null : NOTHING_LEFT);
  return { image: ImageId.parse(file.id), path, reason };
}

function reasonInProject(file: RemovalFile, path: string): string | null {
  if (!file.present) return "it is no longer in the project";
  if (file.protected) return `its split ${file.split} is protected`;
  if (!file.markedRemove) return "it is not marked for removal";
  if (!path.isWellFormed()) {
    return "its name is not UTF-8, so it can't be handed to the system's trash; remove it by hand";
  }
  return null;
}

async function isAnyThere(files: Iterable<RemovalFile>): Promise<boolean> {
  for (const file of files) if (file.present && (await reasonOnDisk(file)) === null) return true;
  return false;
}

/** Why a file can't be said to be as it was scanned. */
async function reasonOnDisk(file: RemovalFile): Promise<string | null> {
  const bytes = absolutePath(file.root, file.path);
  try {
    // Before anything is read: a folder on the way may have become a link to somewhere else.
    const [root, place] = await Promise.all([realpath(file.root), realpath(folderOf(bytes))]);
    if (!contains(root, place)) return `it lies outside its split's folder ${file.root}`;
    const there = await lstat(bytes, { bigint: true });
    if (!there.isFile()) return "it is a link or no regular file";
    if (Number(there.size) !== file.bytes) return CHANGED;
    if (there.mtimeNs === file.modifiedNs) return null;
    const digest = createHash("sha256");
    await pipeline(createReadStream(bytes), digest);
    return digest.digest().equals(file.sha256) ? null : CHANGED;
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return "it is gone";
    return `it cannot be looked at: ${code ?? String(cause)}`;
  }
}

/** The folder of a file, in bytes: its own name may not be UTF-8. */
function folderOf(path: Buffer): Buffer {
  return path.subarray(0, path.lastIndexOf("/"));
}

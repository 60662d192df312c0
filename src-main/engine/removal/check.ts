import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { lstat, realpath } from "node:fs/promises";
import { dirname } from "node:path";
import { pipeline } from "node:stream/promises";
import type { RemovalCheck } from "../../contract/decisions.ts";
import { ImageId } from "../../contract/ids.ts";
import { pathTextFromBytes } from "../../contract/path-text.ts";
import { contains } from "../walk/recognize-splits.ts";
import { absolutePath } from "../walk/walk-split.ts";
import type { RemovalFile } from "./removal-file.ts";

const CHANGED = "it has changed since the scan; scan again";

/** Whether a file may be removed now: it must be the very one that was decided on. */
export async function checkRemoval(file: RemovalFile): Promise<RemovalCheck> {
  const bytes = absolutePath(file.root, file.path);
  const path = pathTextFromBytes(bytes);
  return { image: ImageId.parse(file.id), path, reason: await reasonToStay(file, path, bytes) };
}

async function reasonToStay(
  file: RemovalFile,
  path: string,
  bytes: Buffer,
): Promise<string | null> {
  if (!file.present) return "it is no longer in the project";
  if (file.protected) return `its split ${file.split} is protected`;
  if (!file.markedRemove) return "it is not marked for removal";
  if (!path.isWellFormed()) {
    return "its name is not UTF-8, so it can't be handed to the system's trash; remove it by hand";
  }
  try {
    // Before anything is read: a folder on the way may have become a link to somewhere else.
    const [root, folder] = await Promise.all([realpath(file.root), realpath(dirname(path))]);
    if (!contains(root, folder)) return `it lies outside its split's folder ${file.root}`;
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

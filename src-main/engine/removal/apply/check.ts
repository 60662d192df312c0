import { realpath } from "node:fs/promises";
import { relative } from "node:path";
import { pathTextFromBytes } from "../../../text/paths.ts";
import { contains } from "../../files/paths.ts";
import { digestOf, folderOf, look } from "./file-state.ts";
import type { ScannedFile } from "./scanned-file.ts";

const CHANGED = "it has changed since the scan; scan again";

/** Why an image may not go: gone, changed since the scan, protected, or outside its split; `null` when it may. */
export async function reasonToStay(file: ScannedFile): Promise<string | null> {
  if (!file.present) return "it is no longer in the project";
  if (file.protected) return `its split ${file.split} is protected`;
  return reasonOnDisk(file);
}

/** Whether one of some images is there as it was scanned. */
export async function isAnyThere(files: Iterable<ScannedFile>): Promise<boolean> {
  for (const file of files) if (file.present && (await reasonOnDisk(file)) === null) return true;
  return false;
}

/** Why a file can't be said to be as it was scanned. */
async function reasonOnDisk({
  place,
  root,
  bytes,
  modifiedNs,
  sha256,
}: ScannedFile): Promise<string | null> {
  try {
    // Before anything is read: a folder on the way may have become a link to somewhere else.
    const outside = await reasonOfPlace(place, [root]);
    if (outside !== null) return outside;
    const there = await look(place);
    if (!there) return "it is gone";
    if (!there.isFile()) return "it is a link or no regular file";
    if (Number(there.size) !== bytes) return CHANGED;
    if (there.mtimeNs === modifiedNs) return null;
    return (await digestOf(place)) === sha256 ? null : CHANGED;
  } catch (cause) {
    return notToBeSeen(cause);
  }
}

/**
 * Why a file can't be said to lie in one of some folders itself. What is reached through a linked folder is there under another name
 * as well, maybe that of the copy which is to stay.
 */
export async function reasonOfPlace(
  place: Buffer,
  roots: readonly string[],
): Promise<string | null> {
  const folder = folderOf(place);
  const real = pathTextFromBytes(await realpath(folder, "buffer"));
  let reason = `it lies outside its split's folder ${roots[0] ?? ""}`;
  for (const root of roots) {
    const realRoot = await realpath(root).catch(() => null);
    if (realRoot === null || !contains(realRoot, real)) continue;
    if (relative(realRoot, real) === relative(root, pathTextFromBytes(folder))) return null;
    reason = "it is reached through a link";
  }
  return reason;
}

function notToBeSeen(cause: unknown): string {
  const { code } = cause as NodeJS.ErrnoException;
  if (code === "ENOENT" || code === "ENOTDIR") return "it is gone";
  return `it cannot be looked at: ${code ?? String(cause)}`;
}

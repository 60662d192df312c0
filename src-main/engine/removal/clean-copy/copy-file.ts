import { realpath, writeFile } from "node:fs/promises";
import { bytesFromPathText, pathTextFromBytes } from "../../../text/paths.ts";
import { contains } from "../../files/paths.ts";
import { LEADS_OUTSIDE } from "../../scan/walk/walk-split.ts";
import type { Disk } from "../apply/disk.ts";
import { folderOf } from "../apply/file-state.ts";
import { codeOf, NO_LINKS, removeLeftover } from "../apply/move-file.ts";

/** A symbolic link leads out of its split's folder. */
export class OutsideError extends Error {
  override readonly name = "OutsideError";
}

/** The real path of a file. @param realFolders the real paths of its split's folders and of those that links may lead to @throws OutsideError */
export async function sourceOf(path: Buffer, realFolders: readonly string[]): Promise<Buffer> {
  const real = await realpath(path, "buffer");
  if (realFolders.some((folder) => contains(folder, pathTextFromBytes(real)))) return real;
  throw new OutsideError(LEADS_OUTSIDE);
}

/**
 * Makes a copy of a file at a new path.
 * @param by `link` for a hard link, if the file system supports it
 * @returns whether it is a hard link
 * @throws the system's error; then `to` does not exist
 */
export async function copyOrLink(
  disk: Disk,
  from: Buffer,
  to: Buffer,
  by: "link" | "file",
): Promise<boolean> {
  await disk.makeFolder(folderOf(to));
  if (by === "link") {
    try {
      await disk.link(from, to);
      return true;
    } catch (cause) {
      if (![...NO_LINKS, "EXDEV"].includes(codeOf(cause))) throw cause;
    }
  }
  await writeCompletely(disk, to, () => disk.copy(from, to));
  return false;
}

/** Writes a new file. @throws the system's error; then `to` does not exist */
export async function writeNewFile(disk: Disk, text: string, to: Buffer): Promise<void> {
  await disk.makeFolder(folderOf(to));
  const bytes = bytesFromPathText(text);
  await writeCompletely(disk, to, () => writeFile(to, bytes, { flag: "wx", flush: true }));
}

async function writeCompletely(disk: Disk, to: Buffer, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (cause) {
    if (codeOf(cause) !== "EEXIST") await removeLeftover(disk, to);
    throw cause;
  }
}

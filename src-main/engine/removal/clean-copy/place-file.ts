import { realpath, writeFile } from "node:fs/promises";
import { bytesFromPathText, pathTextFromBytes } from "../../../text/paths.ts";
import { contains } from "../../files/paths.ts";
import { LEADS_OUTSIDE } from "../../scan/walk/walk-split.ts";
import type { Disk } from "../apply/disk.ts";
import { folderOf } from "../apply/file-state.ts";
import { codeOf, NO_LINKS, removeLeftover } from "../apply/move-file.ts";

/** A file is not followed to where nothing may be read. */
export class OutsideError extends Error {
  override readonly name = "OutsideError";
}

/** The file itself behind a name below a split's folder. @param realRoot that folder, free of links @throws OutsideError */
export async function sourceOf(place: Buffer, realRoot: string): Promise<Buffer> {
  const real = await realpath(place, "buffer");
  if (contains(realRoot, pathTextFromBytes(real))) return real;
  throw new OutsideError(LEADS_OUTSIDE);
}

/**
 * Makes a file stand at a free place as well.
 * @param by `link` for another name of it, where the file system gives one
 * @returns whether it is a link
 * @throws what the system says; then nothing stands there
 */
export async function placeFile(
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
  await wholeOrNot(disk, to, () => disk.copy(from, to));
  return false;
}

/** Writes a new file. @throws what the system says; then nothing stands there */
export async function placeText(disk: Disk, text: string, to: Buffer): Promise<void> {
  await disk.makeFolder(folderOf(to));
  const bytes = bytesFromPathText(text);
  await wholeOrNot(disk, to, () => writeFile(to, bytes, { flag: "wx", flush: true }));
}

async function wholeOrNot(disk: Disk, to: Buffer, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (cause) {
    if (codeOf(cause) !== "EEXIST") await removeLeftover(disk, to);
    throw cause;
  }
}

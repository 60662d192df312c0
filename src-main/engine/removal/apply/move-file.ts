import { pathTextFromBytes } from "../../../text/paths.ts";
import type { Disk } from "./disk.ts";
import {
  digestOf,
  type FileFacts,
  folderOf,
  holds,
  isAsNoted,
  isSameFile,
  look,
} from "./file-state.ts";

/** A target path is already in use. */
export class NameTakenError extends Error {
  override readonly name = "NameTakenError";
}

/** Errors of file systems without hard links, and of Linux for a file of another user. */
export const NO_LINKS = ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK", "EACCES"];

/** The path of a file until it is complete. */
export function partialOf(path: Buffer): Buffer {
  return Buffer.concat([path, Buffer.from(".twinlens-partial")]);
}

/**
 * Moves a file without overwriting another. The file is complete at one of the two paths at any time: it is linked to the new path before it
 * is removed from the old one. Between file systems, it is copied, flushed and compared first.
 * @throws NameTakenError, or the system's error; the file then stays where it was
 */
export async function moveFile(
  disk: Disk,
  from: Buffer,
  to: Buffer,
  facts: FileFacts,
): Promise<void> {
  await disk.makeFolder(folderOf(to));
  try {
    await linkOrCopy(disk, from, to, facts);
  } catch (cause) {
    if (!NO_LINKS.includes(codeOf(cause))) throw cause;
    await requireFree(to);
    await disk.rename(from, to);
    return;
  }
  await disk.flushFolder(folderOf(to));
  await disk.unlink(from);
}

/** Makes a hard link to a file or, on another file system, a verified copy. */
export async function linkOrCopy(
  disk: Disk,
  from: Buffer,
  to: Buffer,
  facts: FileFacts,
): Promise<void> {
  try {
    await disk.link(from, to);
  } catch (cause) {
    if (codeOf(cause) === "EEXIST") throw taken(to, cause);
    if (codeOf(cause) !== "EXDEV") throw cause;
    await copyFile(disk, from, to, facts);
  }
}

async function copyFile(disk: Disk, from: Buffer, to: Buffer, facts: FileFacts): Promise<void> {
  const partial = partialOf(to);
  await removeLeftover(disk, partial);
  await disk.copy(from, partial);
  if ((await digestOf(partial)) !== facts.sha256) {
    await disk.unlink(partial);
    throw new Error("The file changed while it was copied.");
  }
  try {
    await disk.link(partial, to);
  } catch (cause) {
    if (!NO_LINKS.includes(codeOf(cause))) {
      await disk.unlink(partial);
      throw codeOf(cause) === "EEXIST" ? taken(to, cause) : cause;
    }
    await requireFree(to);
    await disk.rename(partial, to);
    return;
  }
  await disk.unlink(partial);
}

/**
 * Completes a move after an interruption.
 * @param forward whether to start a move that has not begun
 * @returns whether the file is only at its new path
 */
export async function settleMove(
  disk: Disk,
  from: Buffer,
  to: Buffer,
  facts: FileFacts,
  forward: boolean,
): Promise<boolean> {
  const [there, placed] = [await look(from), await look(to)];
  if (there) await removeLeftover(disk, partialOf(to));
  if (!placed) {
    if (!forward || !there || !(await isAsNoted(from, facts))) return false;
    await moveFile(disk, from, to, facts);
    return true;
  }
  if (!there) return holds(to, facts);
  if (isSameFile(there, placed) || ((await holds(from, facts)) && (await holds(to, facts)))) {
    await disk.unlink(from);
    return true;
  }
  // Another file has taken the old or the new path.
  return holds(to, facts);
}

/** Deletes a partial file that an interruption left. */
export async function removeLeftover(disk: Disk, partial: Buffer): Promise<void> {
  if (await look(partial)) await disk.unlink(partial);
}

async function requireFree(path: Buffer): Promise<void> {
  if (await look(path)) throw taken(path);
}

function taken(path: Buffer, cause?: unknown): NameTakenError {
  return new NameTakenError(`Another file is at ${pathTextFromBytes(path)}.`, { cause });
}

export function codeOf(cause: unknown): string {
  return (cause as NodeJS.ErrnoException).code ?? "";
}

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

/** What stands at a name that was to be free. */
export class NameTakenError extends Error {
  override readonly name = "NameTakenError";
}

/** What file systems without hard links answer, and Linux for a file that is somebody else's. */
export const NO_LINKS = ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK", "EACCES"];

/** The name that a file has until it is whole. It stands beside its place and bears it, so that a leftover is known. */
export function partialOf(place: Buffer): Buffer {
  return Buffer.concat([place, Buffer.from(".twinlens-partial")]);
}

/**
 * Moves a file to a place that is free, and never overwrites. At every moment it is whole at one of the two places: it gets its new
 * name before it loses the old. Across file systems it is copied, flushed and compared first.
 * @throws NameTakenError; what the system says, when the file stays where it was
 */
export async function moveFile(
  disk: Disk,
  from: Buffer,
  to: Buffer,
  facts: FileFacts,
): Promise<void> {
  await disk.makeFolder(folderOf(to));
  try {
    await placeBeside(disk, from, to, facts);
  } catch (cause) {
    if (!NO_LINKS.includes(codeOf(cause))) throw cause;
    await requireFree(to);
    await disk.rename(from, to);
    return;
  }
  await disk.flushFolder(folderOf(to));
  await disk.unlink(from);
}

/** Makes a file stand at a free place as well: by another name of it, or by a compared copy on another file system. */
export async function placeBeside(
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
    throw new Error("It changed while it was copied.");
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
 * After an interruption: brings a move to an end.
 * @param forward whether a move that has not begun is done now
 * @returns whether the file is at its new place alone
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
  // Something new stands where the file was, or somebody took its new name first.
  return holds(to, facts);
}

/** Takes away what an interrupted act left under a name that nothing else has. */
export async function removeLeftover(disk: Disk, partial: Buffer): Promise<void> {
  if (await look(partial)) await disk.unlink(partial);
}

async function requireFree(place: Buffer): Promise<void> {
  if (await look(place)) throw taken(place);
}

function taken(place: Buffer, cause?: unknown): NameTakenError {
  return new NameTakenError(`Another file stands at ${pathTextFromBytes(place)}.`, { cause });
}

export function codeOf(cause: unknown): string {
  return (cause as NodeJS.ErrnoException).code ?? "";
}

import { lstat } from "node:fs/promises";
import trash from "trash";

/**
 * Moves one file to the system's trash.
 * @param file absolute.
 * @throws with the reason when it could not be moved.
 */
export async function trashFile(file: string): Promise<void> {
  // The trash package takes text and passes over, without a word, what it does not find.
  if (!file.isWellFormed())
    throw new Error("Its name is not valid UTF-8, which the system's trash can't keep.");
  const before = await lstat(file);
  if (!before.isFile()) throw new Error("It is not a file.");
  try {
    await trash([file], { glob: false });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`The system's trash refused it: ${reason}`, { cause });
  }
  const after = await lstat(file).catch(() => null);
  if (after !== null && after.ino === before.ino && after.dev === before.dev)
    throw new Error("The system's trash did not take it.");
}

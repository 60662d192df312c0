import { lstat } from "node:fs/promises";
import trash from "trash";
import { NOT_UTF8_FOR_TRASH, trashRefused } from "./host-services.ts";

/**
 * Moves one file to the system's trash.
 * @param file absolute.
 * @throws with the reason if it could not be moved.
 */
export async function trashFile(file: string): Promise<void> {
  if (!file.isWellFormed()) throw new Error(NOT_UTF8_FOR_TRASH);
  // The trash package silently ignores files that it does not find.
  const before = await lstat(file);
  if (!before.isFile()) throw new Error("It is not a file.");
  try {
    await trash([file], { glob: false });
  } catch (cause) {
    throw trashRefused(cause);
  }
  const after = await lstat(file).catch(() => null);
  if (after !== null && after.ino === before.ino && after.dev === before.dev)
    throw new Error("The system's trash did not take it.");
}

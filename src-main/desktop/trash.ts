import { shell } from "electron";

/**
 * Moves one file to the system's trash. Where that is impossible (network drives, no desktop's trash) it stays: nothing is ever
 * deleted.
 * @param file absolute, as path-text.ts writes names
 * @throws with the reason in one line
 */
export async function moveToTrash(file: string): Promise<void> {
  if (!file.isWellFormed())
    throw new Error("Its name is not valid UTF-8, which the system's trash can't keep.");
  try {
    await shell.trashItem(file);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`The system's trash refused it: ${reason.replaceAll(/\s+/g, " ").trim()}`, {
      cause,
    });
  }
}

import { resolve } from "node:path";

/**
 * The projects and folders among the words of a start.
 * @param words without the program's own name
 * @param folder that relative names mean
 */
export function openedPaths(words: readonly string[], folder: string): string[] {
  // Chromium's and Electron's switches stand among them.
  return words
    .filter((word) => word !== "" && !word.startsWith("-"))
    .map((word) => resolve(folder, word));
}

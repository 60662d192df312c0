import { constants } from "node:buffer";
import { readFile, stat } from "node:fs/promises";
import { pathTextFromBytes } from "../../../../text/paths.ts";
import type { Cleaned, LeavesOut } from "./cleaned.ts";
import { cleanedCoco } from "./coco.ts";
import { cleanedCsv } from "./csv.ts";
import { cleanedJsonLines } from "./json-lines.ts";

const CLEANERS: readonly {
  extension: RegExp;
  /** Text that every such manifest contains. */
  marker: string;
  clean: (text: string, leavesOut: LeavesOut) => Cleaned | null;
}[] = [
  { extension: /\.json$/i, marker: '"file_name"', clean: cleanedCoco },
  { extension: /\.jsonl$/i, marker: "file_name", clean: cleanedJsonLines },
  { extension: /\.csv$/i, marker: "\n", clean: cleanedCsv },
];

/** The manifest is too large for a JavaScript string, or nested too deeply to parse. */
export class ManifestTooLargeError extends Error {
  override readonly name = "ManifestTooLargeError";
}

/**
 * Reads a file that may list images, and removes rows.
 * @param name the file's path, whose extension decides the format
 * @returns `null` if the file is not a manifest
 * @throws ManifestTooLargeError, or the system's error if the file cannot be read
 */
export async function cleanManifest(
  file: Buffer,
  name: string,
  leavesOut: LeavesOut,
): Promise<Cleaned | null> {
  const cleaner = CLEANERS.find(({ extension }) => extension.test(name));
  if (!cleaner) return null;
  if ((await stat(file)).size > constants.MAX_STRING_LENGTH) throw new ManifestTooLargeError();
  const bytes = await readFile(file);
  if (!bytes.includes(cleaner.marker)) return null;
  try {
    return cleaner.clean(pathTextFromBytes(bytes), leavesOut);
  } catch (cause) {
    throw cause instanceof RangeError ? new ManifestTooLargeError() : cause;
  }
}

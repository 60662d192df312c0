import { constants } from "node:buffer";
import { readFile, stat } from "node:fs/promises";
import { pathTextFromBytes } from "../../../../text/paths.ts";
import type { Cleaned, LeavesOut } from "./cleaned.ts";
import { cleanedCoco } from "./coco.ts";
import { cleanedCsv } from "./csv.ts";
import { cleanedJsonLines } from "./json-lines.ts";

const CLEANERS: readonly {
  ending: RegExp;
  /** Every such manifest holds this. */
  sign: string;
  clean: (text: string, leavesOut: LeavesOut) => Cleaned | null;
}[] = [
  { ending: /\.json$/i, sign: '"file_name"', clean: cleanedCoco },
  { ending: /\.jsonl$/i, sign: "file_name", clean: cleanedJsonLines },
  { ending: /\.csv$/i, sign: "\n", clean: cleanedCsv },
];

/** One that does not fit into memory as text. */
export class ManifestTooLargeError extends Error {
  override readonly name = "ManifestTooLargeError";
}

/**
 * Reads a file that may list images.
 * @param name the file's own, by which it is known what it could be
 * @returns what the copy gets; `null` for a file that is no manifest
 * @throws ManifestTooLargeError; what the system says of a file that can't be read
 */
export async function cleanManifest(
  file: Buffer,
  name: string,
  leavesOut: LeavesOut,
): Promise<Cleaned | null> {
  const cleaner = CLEANERS.find(({ ending }) => ending.test(name));
  if (!cleaner) return null;
  if ((await stat(file)).size > constants.MAX_STRING_LENGTH) throw new ManifestTooLargeError();
  const bytes = await readFile(file);
  return bytes.includes(cleaner.sign) ? cleaner.clean(pathTextFromBytes(bytes), leavesOut) : null;
}

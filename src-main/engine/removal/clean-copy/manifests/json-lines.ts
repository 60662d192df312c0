import type { Cleaned, LeavesOut } from "./cleaned.ts";

/** `file_name` and `*_file_name` name a file; `file_names` and `*_file_names` name a list of files. */
const NAMING = /(^|_)file_names?$/;

const BYTE_ORDER_MARK = "\ufeff";

/**
 * Removes the rows of files that are left out from JSON Lines, such as Hugging Face's `metadata.jsonl`. A row is removed if any file that it
 * names is left out, because it could not be loaded. The other lines stay unchanged, character for character.
 * @returns `null` if the text is not such a list or names no file of the data set
 */
export function cleanedJsonLines(text: string, leavesOut: LeavesOut): Cleaned | null {
  const opening = text.startsWith(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK : "";
  const lines = text.slice(opening.length).split(/(?<=\n)/);
  let isManifest = false;
  let kept = opening;
  let rows = 0;
  for (const line of lines) {
    const names = line.trim() === "" ? [] : namesIn(line);
    if (names === null) return null;
    const verdicts = names.map(leavesOut);
    isManifest ||= verdicts.some((verdict) => verdict !== null);
    if (verdicts.includes(true)) rows++;
    else kept += line;
  }
  return isManifest ? { text: kept, rows, annotations: 0 } : null;
}

/** The files that a row names; `null` if the line is not an object. */
function namesIn(line: string): string[] | null {
  let row: unknown;
  try {
    row = JSON.parse(line);
  } catch {
    return null;
  }
  if (typeof row !== "object" || row === null || Array.isArray(row)) return null;
  return Object.entries(row)
    .filter(([key]) => NAMING.test(key))
    .flatMap(([, value]) => value)
    .filter((name) => typeof name === "string");
}

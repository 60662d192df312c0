import { type CsvRecord, csvRecords } from "../../plan/read-csv.ts";
import type { Cleaned, LeavesOut } from "./cleaned.ts";

/** Columns that name files, most likely first. */
const NAMING = ["file_name", "filename", "path", "image"];

const BYTE_ORDER_MARK = "\ufeff";

/**
 * Removes the rows of files that are left out from CSV with a header. The other lines stay unchanged, character for character.
 * @returns `null` if the text names no file of the data set
 */
export function cleanedCsv(text: string, leavesOut: LeavesOut): Cleaned | null {
  const opening = text.startsWith(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK : "";
  const body = text.slice(opening.length);
  const [header, ...records] = recordsOf(body);
  if (!header) return null;
  const columns = header.fields.map((name) => name.trim().toLowerCase());
  for (const name of NAMING) {
    const column = columns.indexOf(name);
    if (column < 0) continue;
    const verdicts = records.map(({ fields }) => leavesOut(fields[column] ?? ""));
    if (verdicts.every((verdict) => verdict === null)) continue;
    const stays = records.filter((_, row) => verdicts[row] !== true);
    const kept = [header, ...stays].map(({ start, end }) => body.slice(start, end));
    const rows = records.length - stays.length;
    return { text: opening + kept.join(""), rows, annotations: 0 };
  }
  return null;
}

/** Empty if the text is not valid CSV. */
function recordsOf(text: string): CsvRecord[] {
  try {
    return [...csvRecords(text)];
  } catch (cause) {
    if (cause instanceof RangeError) return [];
    throw cause;
  }
}

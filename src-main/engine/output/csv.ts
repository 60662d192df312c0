import { type Cell, type Column, float32Text, inBlocks, type Table } from "./table.ts";

const ROWS_PER_CHUNK = 256;

/**
 * The table as CSV in chunks of rows: a header, quoting per RFC 4180, LF line ends, `null` as an empty field. A vector becomes one
 * column per dimension: `e0`, `e1`, ...
 */
export function* csvText(table: Table): Generator<string> {
  yield csvLine(table.columns.flatMap(headings).map(csvField));
  for (const block of inBlocks(lines(table), ROWS_PER_CHUNK)) yield block.join("");
}

function* lines(table: Table): Generator<string> {
  for (const row of table.rows()) yield csvLine(row.map(csvFields));
}

function headings(column: Column): string[] {
  return column.type === "vector"
    ? Array.from({ length: column.dimensions }, (_, i) => `e${i}`)
    : [column.name];
}

/** A cell's field; for a vector, its comma-separated fields. */
function csvFields(cell: Cell): string {
  if (cell instanceof Float32Array) return Array.from(cell, float32Text).join(",");
  return cell === null ? "" : csvField(String(cell));
}

function csvLine(fields: readonly string[]): string {
  return `${fields.join(",")}\n`;
}

function csvField(text: string): string {
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

import { type Cell, float32Text, inBlocks, type Table } from "./table.ts";

const ROWS_PER_CHUNK = 256;

/** The table as JSON Lines in chunks of rows: one object per row, keyed by column. A vector is an array of numbers. */
export function* jsonLinesText(table: Table): Generator<string> {
  for (const block of inBlocks(lines(table), ROWS_PER_CHUNK)) yield block.join("");
}

function* lines(table: Table): Generator<string> {
  const keys = table.columns.map((column) => JSON.stringify(column.name));
  for (const row of table.rows()) {
    yield `{${row.map((cell, i) => `${keys[i]}:${valueText(cell)}`).join(",")}}\n`;
  }
}

function valueText(cell: Cell): string {
  return cell instanceof Float32Array
    ? `[${Array.from(cell, float32Text).join(",")}]`
    : JSON.stringify(cell);
}

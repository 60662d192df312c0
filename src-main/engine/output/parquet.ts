import { ByteWriter, type ColumnSource, ParquetWriter, type SchemaElement } from "hyparquet-writer";
import { type Cell, type Column, inBlocks, type Table } from "./table.ts";

/** Values in a row group, which takes tens of MB while it is encoded. */
const VALUES_PER_ROW_GROUP = 1 << 19;

/**
 * The table as Apache Parquet: one chunk per row group, then the footer. Text is UTF-8, integers are int64, reals are double, vectors
 * are lists of float. Scalars may be null. Columns are Snappy-compressed, except for vectors, which do not shrink.
 */
export function* parquetBytes(table: Table): Generator<Uint8Array> {
  const writer = new ByteWriter();
  const parquet = new ParquetWriter({
    writer,
    createdBy: "twinlens",
    schema: [
      { name: "root", num_children: table.columns.length },
      ...table.columns.flatMap(schemaElements),
    ],
  });
  const width = table.columns.reduce((sum, column) => sum + valuesInRow(column), 0);
  const rowGroupSize = Math.max(1, Math.floor(VALUES_PER_ROW_GROUP / width));
  for (const block of inBlocks(copies(table), rowGroupSize)) {
    parquet.write({
      rowGroupSize,
      columnData: table.columns.map((column, i) => columnSource(column, block, i)),
    });
    yield drain(writer);
  }
  parquet.finish();
  yield drain(writer);
}

/** Empties the writer's buffer; its file offset keeps counting. */
function drain(writer: ByteWriter): Uint8Array {
  const bytes = writer.getBytes().slice();
  writer.index = 0;
  return bytes;
}

/** Copies of the rows: the writer keeps a whole row group, but a table may reuse a row's buffers. */
function* copies(table: Table): Generator<Cell[]> {
  for (const row of table.rows()) {
    yield row.map((cell) => (cell instanceof Float32Array ? cell.slice() : cell));
  }
}

function valuesInRow(column: Column): number {
  return column.type === "vector" ? column.dimensions : 1;
}

function schemaElements({ name, type }: Column): SchemaElement[] {
  switch (type) {
    case "text":
      return [{ name, type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "OPTIONAL" }];
    case "integer":
      return [{ name, type: "INT64", repetition_type: "OPTIONAL" }];
    case "real":
      return [{ name, type: "DOUBLE", repetition_type: "OPTIONAL" }];
    case "vector":
      return [
        { name, converted_type: "LIST", repetition_type: "REQUIRED", num_children: 1 },
        { name: "list", repetition_type: "REPEATED", num_children: 1 },
        { name: "element", type: "FLOAT", repetition_type: "REQUIRED" },
      ];
  }
}

function columnSource({ name, type }: Column, rows: Cell[][], i: number): ColumnSource {
  if (type === "vector") {
    const data = rows.map((row) => Array.from(row[i] as Float32Array));
    return { name, data, encoding: "PLAIN", codec: "UNCOMPRESSED", statistics: false };
  }
  const cells = rows.map((row) => row[i] ?? null);
  const data =
    type === "integer" ? cells.map((n) => (n === null ? null : BigInt(Number(n)))) : cells;
  return { name, data };
}

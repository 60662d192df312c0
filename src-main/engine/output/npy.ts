import { inBlocks, type Table } from "./table.ts";

/** NumPy aligns the data after the header to this many bytes. */
const HEADER_ALIGNMENT = 64;
/** Magic string, version 1.0 and header length. */
const PREFIX_BYTES = 10;
/** Approximate size of a chunk. */
const BLOCK_BYTES = 1 << 20;

/**
 * The table's vectors as a NumPy array, format 1.0: little-endian float32, shape `(rowCount, dimensions)`, C order. Yields the header,
 * then blocks of rows.
 * @see https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 * @throws RangeError if the table has no vector column, or no row count, or a different number of rows
 */
export function* npyBytes(table: Table): Generator<Uint8Array> {
  const index = table.columns.findIndex((column) => column.type === "vector");
  const column = table.columns[index];
  if (column?.type !== "vector" || table.rowCount === undefined) {
    throw new RangeError("A .npy file needs a table with a vector column and a known row count.");
  }
  const { dimensions } = column;
  yield header(table.rowCount, dimensions);
  let written = 0;
  const rowsPerBlock = Math.max(1, Math.floor(BLOCK_BYTES / (4 * dimensions)));
  for (const block of inBlocks(vectors(table, index, dimensions), rowsPerBlock)) {
    written += block.length;
    yield Buffer.concat(block);
  }
  if (written !== table.rowCount) {
    throw new RangeError(`Expected ${table.rowCount} embeddings but received ${written}.`);
  }
}

function header(rows: number, dimensions: number): Uint8Array {
  const dictionary = `{'descr': '<f4', 'fortran_order': False, 'shape': (${rows}, ${dimensions}), }`;
  const unpadded = PREFIX_BYTES + dictionary.length + 1;
  const total = Math.ceil(unpadded / HEADER_ALIGNMENT) * HEADER_ALIGNMENT;
  const bytes = Buffer.alloc(total, " ", "latin1");
  bytes.write("\x93NUMPY\x01\x00", 0, "latin1");
  bytes.writeUInt16LE(total - PREFIX_BYTES, 8);
  bytes.write(dictionary, PREFIX_BYTES, "latin1");
  bytes.write("\n", total - 1, "latin1");
  return bytes;
}

/** Each row's vector as bytes, copied. All platforms that Twinlens supports are little-endian. */
function* vectors(table: Table, index: number, dimensions: number): Generator<Uint8Array> {
  for (const row of table.rows()) {
    const vector = row[index];
    if (!(vector instanceof Float32Array) || vector.length !== dimensions) {
      throw new RangeError(`Expected an embedding of ${dimensions} numbers.`);
    }
    yield new Uint8Array(vector.slice().buffer);
  }
}

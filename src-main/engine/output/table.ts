/** A named, typed column. `integer` is a safe integer, `real` a float64, `vector` a float32 row of fixed length. */
export type Column =
  | { readonly name: string; readonly type: "text" | "integer" | "real" }
  | { readonly name: string; readonly type: "vector"; readonly dimensions: number };

/** One value; `null` if unknown. Vectors are never `null`. */
export type Cell = string | number | Float32Array | null;

/** Rows of cells in column order, generated one at a time, because a table can be larger than memory. */
export interface Table {
  readonly columns: readonly Column[];
  /** Number of rows, which the header of `.npy` needs. */
  readonly rowCount?: number;
  /** Starts over at each call. A row's buffers may be reused by the next row. */
  rows(): Iterable<readonly Cell[]>;
}

/** Rows in blocks of `size`, except for a shorter last block. Files are written block by block. */
export function* inBlocks<T>(rows: Iterable<T>, size: number): Generator<T[]> {
  let block: T[] = [];
  for (const row of rows) {
    block.push(row);
    if (block.length === size) {
      yield block;
      block = [];
    }
  }
  if (block.length > 0) yield block;
}

/** Significant digits that identify every float32. */
const FLOAT32_DIGITS = 9;

/** A float32 as text that parses back to the same float32. Finding the shortest such text takes 7 times as long. */
export function float32Text(x: number): string {
  return x.toPrecision(FLOAT32_DIGITS);
}

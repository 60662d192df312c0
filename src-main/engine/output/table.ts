/** A named, typed column. `integer` is a safe integer, `real` a float64, `vector` a float32 row of fixed length. */
export type Column =
  | { readonly name: string; readonly type: "text" | "integer" | "real" }
  | { readonly name: string; readonly type: "vector"; readonly dimensions: number };

/** One value; null where it is unknown. Vectors are never null. */
export type Cell = string | number | Float32Array | null;

/** Rows of cells in the order of the columns, made one at a time so that a table can be larger than memory. */
export interface Table {
  readonly columns: readonly Column[];
  /** Number of rows; `.npy`, which states it first, needs it. */
  readonly rowCount?: number;
  /** Starts over at each call. A row may be reused by the next one once it was read. */
  rows(): Iterable<readonly Cell[]>;
}

/** Rows in blocks of `size`, the last one maybe shorter: writers answer blocks, so that a file gets few large writes. */
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

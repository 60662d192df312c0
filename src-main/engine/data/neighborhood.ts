import { damagedProject } from "./damage.ts";
import type { Nodes } from "./nodes.ts";
import { firstFile } from "./nodes.ts";
import { emptyPairs, type Pairs } from "./pairs.ts";
import type { Project } from "./project-file.ts";

/** A row of about 2 MB: large enough that the cost per row does not matter. */
const PAIRS_PER_ROW = 65_536;

/** Every node's nearest neighbors within one split. */
export interface StoredNeighbors {
  readonly split: number;
  readonly k: number;
  /** Row-major `[nodes, k]`: node indexes, nearest first, padded with -1. */
  readonly nearest: Int32Array;
}

/**
 * Replaces the neighbors and pairs of one model output. Call it in a transaction.
 * Nodes are stored as the ids of their first files, which have the same order as the nodes.
 */
export function storeNeighborhood(
  project: Project,
  modelOutput: number,
  nodes: Nodes,
  bySplit: readonly StoredNeighbors[],
  pairs: Pairs,
): void {
  const { database } = project;
  const ids = Int32Array.from({ length: nodes.count }, (_, node) => firstFile(nodes, node).id);
  database.prepare("DELETE FROM neighbors WHERE response = ?").run(modelOutput);
  database.prepare("DELETE FROM pairs WHERE response = ?").run(modelOutput);
  const insertNeighbors = database.prepare(
    "INSERT INTO neighbors (response, node, split, nearest) VALUES (?, ?, ?, ?)",
  );
  ids.forEach((id, node) => {
    for (const { split, k, nearest } of bySplit) {
      const row = nearest.subarray(node * k, (node + 1) * k).filter((other) => other >= 0);
      const named = row.map((other) => ids[other] as number); // `row` holds node indexes
      insertNeighbors.run(modelOutput, id, split, Buffer.from(named.buffer));
    }
  });
  const insertPairs = database.prepare(
    "INSERT INTO pairs (response, part, a, b, similarity, distance, confidence, kind) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
  );
  const [a, b] = [pairs.a, pairs.b].map((column) => column.map((node) => ids[node] as number));
  const { similarity, distance, confidence, kind } = pairs;
  const columns = [a, b, similarity, distance, confidence, kind].flatMap((column) => column ?? []);
  for (let start = 0; start < pairs.count; start += PAIRS_PER_ROW) {
    const end = Math.min(pairs.count, start + PAIRS_PER_ROW);
    const parts = columns.map((column) => bytesOf(column.subarray(start, end)));
    insertPairs.run(modelOutput, start / PAIRS_PER_ROW, ...parts);
  }
}

/** The bytes of a column, not copied. */
function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** Reads the pairs of one model output, in the order of {@link Pairs}. Leaves out nodes whose files have all been removed. */
export function loadPairs(project: Project, modelOutput: number, nodes: Nodes): Pairs {
  const { database } = project;
  const count = database
    .prepare<[number], number>("SELECT ifnull(sum(length(kind)), 0) FROM pairs WHERE response = ?")
    .pluck()
    .get(modelOutput) as number;
  const isUneven = database
    .prepare(
      `SELECT 1 FROM pairs WHERE response = ? AND (length(a) <> 4 * length(kind) OR length(b) <> 4 * length(kind)
         OR length(similarity) <> 8 * length(kind) OR length(distance) <> 8 * length(kind)
         OR length(confidence) <> 8 * length(kind))`,
    )
    .get(modelOutput);
  if (isUneven !== undefined) throw damagedProject(project.file);
  const nodeById = nodesByFileId(nodes);
  const pairs = emptyPairs(count);
  const { a, b, similarity, distance, confidence, kind } = pairs;
  const columns = [a, b, similarity, distance, confidence, kind].map(bytesOf);
  const filled = columns.map(() => 0);
  const rows = database
    .prepare<[number], Buffer[]>(
      "SELECT a, b, similarity, distance, confidence, kind FROM pairs WHERE response = ? ORDER BY part",
    )
    .raw()
    .iterate(modelOutput);
  for (const row of rows) {
    row.forEach((bytes, column) => {
      const at = filled[column] ?? 0;
      columns[column]?.set(bytes, at);
      filled[column] = at + bytes.length;
    });
  }
  let isInOrder = true;
  for (let row = 0; row < count; row++) {
    // Rows are below `count`, hence the casts.
    const one = nodeById[a[row] as number] ?? -1;
    const other = nodeById[b[row] as number] ?? -1;
    // A node whose first file was removed now has a higher index.
    a[row] = one < other ? one : other;
    b[row] = one < other ? other : one;
    isInOrder &&= (a[row] as number) >= 0 && (row === 0 || isBefore(pairs, row - 1, row));
  }
  return isInOrder ? pairs : inOrder(pairs);
}

/** Whether one row sorts before another. */
function isBefore({ a, b }: Pairs, row: number, other: number): boolean {
  const [first, second] = [a[row] as number, a[other] as number]; // rows are below the count
  return first < second || (first === second && (b[row] as number) < (b[other] as number));
}

/** The pairs sorted by `(a, b)`, without those of vanished nodes (-1). */
function inOrder(pairs: Pairs): Pairs {
  const rows = Int32Array.from({ length: pairs.count }, (_, row) => row)
    .filter((row) => (pairs.a[row] as number) >= 0)
    .sort((x, y) => (isBefore(pairs, x, y) ? -1 : 1));
  const ordered = (column: Float64Array) => Float64Array.from(rows, (row) => column[row] as number);
  return {
    count: rows.length,
    a: Int32Array.from(rows, (row) => pairs.a[row] as number),
    b: Int32Array.from(rows, (row) => pairs.b[row] as number),
    similarity: ordered(pairs.similarity),
    distance: ordered(pairs.distance),
    confidence: ordered(pairs.confidence),
    kind: Uint8Array.from(rows, (row) => pairs.kind[row] as number),
  };
}

/** Returns a node's nearest neighbors within one split, nearest first. */
export function neighborsReader(
  project: Project,
  modelOutput: number,
  nodes: Nodes,
): (node: number, split: number) => number[] {
  let nodeById: Int32Array | undefined;
  const formerIds = new Map<number, number[]>();
  for (const [id, node] of nodes.formerly) {
    formerIds.set(node, [...(formerIds.get(node) ?? []), id]);
  }
  const select = project.database
    .prepare<[number, number, number], Buffer>(
      "SELECT nearest FROM neighbors WHERE response = ? AND node = ? AND split = ?",
    )
    .pluck();
  return (node, split) => {
    let bytes = select.get(modelOutput, firstFile(nodes, node).id, split);
    for (const formerId of bytes ? [] : (formerIds.get(node) ?? [])) {
      bytes ??= select.get(modelOutput, formerId, split);
    }
    if (!bytes) return [];
    nodeById ??= nodesByFileId(nodes);
    const ids = new Int32Array(new Uint8Array(bytes).buffer);
    const named = ids.map((id) => nodeById?.[id] ?? -1);
    return Array.from(named).filter((other) => other >= 0);
  };
}

/**
 * Node index by file id: of each node's first file, and of absent files that were the first one; -1 for any other file. File ids have
 * few gaps.
 */
function nodesByFileId(nodes: Nodes): Int32Array {
  let last = 0;
  for (let node = 0; node < nodes.count; node++) last = Math.max(last, firstFile(nodes, node).id);
  for (const id of nodes.formerly.keys()) last = Math.max(last, id);
  const nodeById = new Int32Array(last + 1).fill(-1);
  for (const [id, node] of nodes.formerly) nodeById[id] = node;
  for (let node = 0; node < nodes.count; node++) nodeById[firstFile(nodes, node).id] = node;
  return nodeById;
}

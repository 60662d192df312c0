import type { Pairs } from "../neighbors/pairs.ts";
import type { Nodes } from "./nodes.ts";
import { firstFile } from "./nodes.ts";
import type { Project } from "./project.ts";

/** The nearest nodes of every node within one split, as they are stored. */
export interface StoredNeighbors {
  readonly split: number;
  readonly k: number;
  /** Row-major `[nodes, k]`: nodes, nearest first, -1 where there are no more. */
  readonly nearest: Int32Array;
}

/**
 * Replaces the neighbors and pairs of one response. Call within a transaction.
 * Nodes are stored by the ids of their first files, which sort as the nodes do.
 */
export function storeNeighborhood(
  project: Project,
  response: number,
  nodes: Nodes,
  bySplit: readonly StoredNeighbors[],
  pairs: Pairs,
): void {
  const { database } = project;
  const ids = Int32Array.from({ length: nodes.count }, (_, node) => firstFile(nodes, node).id);
  database.prepare("DELETE FROM neighbors WHERE response = ?").run(response);
  database.prepare("DELETE FROM pairs WHERE response = ?").run(response);
  const insertNeighbors = database.prepare(
    "INSERT INTO neighbors (response, node, split, nearest) VALUES (?, ?, ?, ?)",
  );
  ids.forEach((id, node) => {
    for (const { split, k, nearest } of bySplit) {
      const row = nearest.subarray(node * k, (node + 1) * k).filter((other) => other >= 0);
      const named = row.map((other) => ids[other] as number); // `row` holds node indexes
      insertNeighbors.run(response, id, split, Buffer.from(named.buffer));
    }
  });
  const insertPair = database.prepare(
    "INSERT INTO pairs (response, a, b, similarity, distance, confidence, kind) VALUES (?, ?, ?, ?, ?, ?, ?)",
  );
  for (let row = 0; row < pairs.count; row++) {
    insertPair.run(
      response,
      ids[pairs.a[row] as number],
      ids[pairs.b[row] as number],
      pairs.similarity[row],
      pairs.distance[row],
      pairs.confidence[row],
      pairs.kind[row],
    );
  }
}

/**
 * Reads the pairs of one response, in the order of {@link Pairs}. Those of nodes whose files were all removed since are left
 * out.
 */
export function loadPairs(project: Project, response: number, nodes: Nodes): Pairs {
  const { database } = project;
  const count = database
    .prepare<[number], number>("SELECT count(*) FROM pairs WHERE response = ?")
    .pluck()
    .get(response) as number;
  const nodeById = nodesByName(nodes);
  const pairs = {
    count: 0,
    a: new Int32Array(count),
    b: new Int32Array(count),
    similarity: new Float64Array(count),
    distance: new Float64Array(count),
    confidence: new Float64Array(count),
    kind: new Uint8Array(count),
  };
  const rows = database
    .prepare<[number], [number, number, number, number, number, number]>(
      "SELECT a, b, similarity, distance, confidence, kind FROM pairs WHERE response = ? ORDER BY a, b",
    )
    .raw()
    .iterate(response);
  for (const [a, b, similarity, distance, confidence, kind] of rows) {
    const [nodeA, nodeB] = [nodeById.get(a), nodeById.get(b)];
    if (nodeA === undefined || nodeB === undefined) continue;
    const at = pairs.count++;
    // A node whose first file was removed has gone behind others.
    pairs.a[at] = Math.min(nodeA, nodeB);
    pairs.b[at] = Math.max(nodeA, nodeB);
    pairs.similarity[at] = similarity;
    pairs.distance[at] = distance;
    pairs.confidence[at] = confidence;
    pairs.kind[at] = kind;
  }
  return inOrder(pairs);
}

/** The pairs by `(a, b)`, without the unused end of their columns. */
function inOrder(pairs: Pairs): Pairs {
  const { count, a, b } = pairs;
  // Rows are below `count`, hence the casts.
  const compare = (x: number, y: number) =>
    (a[x] as number) - (a[y] as number) || (b[x] as number) - (b[y] as number);
  const order = Int32Array.from({ length: count }, (_, row) => row);
  if (count === a.length && order.every((row) => row === 0 || compare(row - 1, row) < 0)) {
    return pairs;
  }
  order.sort(compare);
  const ordered = (column: Float64Array) =>
    Float64Array.from(order, (row) => column[row] as number);
  return {
    count,
    a: Int32Array.from(order, (row) => a[row] as number),
    b: Int32Array.from(order, (row) => b[row] as number),
    similarity: ordered(pairs.similarity),
    distance: ordered(pairs.distance),
    confidence: ordered(pairs.confidence),
    kind: Uint8Array.from(order, (row) => pairs.kind[row] as number),
  };
}

/** The nearest nodes of one node within one split, nearest first. */
export function neighborsReader(
  project: Project,
  response: number,
  nodes: Nodes,
): (node: number, split: number) => number[] {
  const nodeById = nodesByName(nodes);
  const formerNames = new Map<number, number[]>();
  for (const [id, node] of nodes.formerly) {
    formerNames.set(node, [...(formerNames.get(node) ?? []), id]);
  }
  const select = project.database
    .prepare<[number, number, number], Buffer>(
      "SELECT nearest FROM neighbors WHERE response = ? AND node = ? AND split = ?",
    )
    .pluck();
  return (node, split) => {
    let bytes = select.get(response, firstFile(nodes, node).id, split);
    for (const name of bytes ? [] : (formerNames.get(node) ?? [])) {
      bytes ??= select.get(response, name, split);
    }
    if (!bytes) return [];
    const ids = new Int32Array(new Uint8Array(bytes).buffer);
    return Array.from(ids, (id) => nodeById.get(id) ?? -1).filter((other) => other >= 0);
  };
}

/** Nodes by every file that they may be stored by: the first one, or one that was the first and is absent. */
function nodesByName(nodes: Nodes): Map<number, number> {
  const nodeById = new Map(nodes.formerly);
  nodes.files.forEach((files, node) => {
    nodeById.set(files[0]?.id ?? -1, node);
  });
  return nodeById;
}

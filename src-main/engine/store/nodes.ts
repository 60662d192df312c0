import type { Project } from "./project.ts";

/**
 * The distinct pictures of a project. Files whose decoded input is the same are one node, so that fifty copies of an image can never
 * push each other out of a list of ten neighbors. Nodes are in the order of their first files.
 */
export interface Nodes {
  readonly count: number;
  /** Files of each node, by id; the first one stands for the node. */
  readonly files: readonly (readonly NodeFile[])[];
  /** Number of files of each node. */
  readonly copies: Int32Array;
  /**
   * Nodes by the ids of absent files that look like them: a node that was stored by its first file keeps its neighbors and
   * pairs when that file is removed.
   */
  readonly formerly: ReadonlyMap<number, number>;
}

export interface NodeFile {
  readonly id: number;
  readonly split: number;
  readonly content: number;
}

/** Collapses the readable files of the project's present splits. */
export function collapseToNodes(project: Project): Nodes {
  const rows = project.database
    .prepare<[], { id: number; split: number; content: number; digest: Buffer }>(
      `SELECT f.id, f.split, f.content, c.input_digest AS digest
       FROM files f JOIN contents c ON c.id = f.content JOIN splits s ON s.id = f.split
       WHERE f.present = 1 AND f.state = 'image' AND s.position IS NOT NULL
       ORDER BY f.id`,
    )
    .iterate();
  const nodeByDigest = new Map<string, number>();
  const files: NodeFile[][] = [];
  for (const { id, split, content, digest } of rows) {
    const key = digest.toString("latin1");
    const node = nodeByDigest.get(key);
    if (node === undefined) {
      nodeByDigest.set(key, files.length);
      files.push([{ id, split, content }]);
    } else files[node]?.push({ id, split, content });
  }
  return {
    count: files.length,
    files,
    copies: Int32Array.from(files, (list) => list.length),
    formerly: absentFiles(project, nodeByDigest),
  };
}

function absentFiles(
  project: Project,
  nodeByDigest: ReadonlyMap<string, number>,
): Map<number, number> {
  const rows = project.database
    .prepare<[], { id: number; digest: Buffer }>(
      `SELECT f.id, c.input_digest AS digest FROM files f JOIN contents c ON c.id = f.content
       WHERE f.present = 0 AND f.state = 'image' ORDER BY f.id`,
    )
    .iterate();
  const nodes = new Map<number, number>();
  for (const { id, digest } of rows) {
    const node = nodeByDigest.get(digest.toString("latin1"));
    if (node !== undefined) nodes.set(id, node);
  }
  return nodes;
}

/** The file that stands for a node. */
export function firstFile(nodes: Nodes, node: number): NodeFile {
  return nodes.files[node]?.[0] as NodeFile; // a node has at least one file
}

/**
 * One response's unit vectors, row-major `[nodes, dimensions]`.
 * @throws Error when one is missing, which a finished embedding stage rules out.
 */
export function loadEmbeddings(
  project: Project,
  nodes: Nodes,
  response: number,
  dimensions: number,
): Float32Array {
  const select = project.database
    .prepare<[number, number], Buffer>(
      "SELECT vector FROM embeddings WHERE content = ? AND response = ?",
    )
    .pluck();
  const matrix = new Float32Array(nodes.count * dimensions);
  const bytes = new Uint8Array(matrix.buffer);
  for (let node = 0; node < nodes.count; node++) {
    const vector = select.get(firstFile(nodes, node).content, response);
    if (vector?.length !== dimensions * Float32Array.BYTES_PER_ELEMENT) {
      throw new Error(`The project lacks the embedding of file ${firstFile(nodes, node).id}`);
    }
    bytes.set(vector, node * vector.length);
  }
  return matrix;
}

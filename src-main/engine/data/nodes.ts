import { readColumns } from "./columns.ts";
import type { Project } from "./project-file.ts";

/**
 * The distinct images of a project. Files with the same model input share a node; otherwise, fifty copies of an image would fill each
 * other's lists of ten neighbors. Nodes are in the order of their first files.
 */
export interface Nodes {
  readonly count: number;
  /** Files of each node, by id; the first one represents the node. */
  readonly files: readonly (readonly NodeFile[])[];
  /** Number of files of each node. */
  readonly copies: Int32Array;
  /**
   * Nodes by the ids of absent files with the same model input. Because of this, a node keeps its stored neighbors and pairs when its
   * first file is removed.
   */
  readonly formerly: ReadonlyMap<number, number>;
}

export interface NodeFile {
  readonly id: number;
  readonly split: number;
  readonly content: number;
}

/** Groups the readable files of the last scan's splits into nodes. */
export function collapseToNodes(project: Project): Nodes {
  const { id, split, content, digest } = readColumns<FileRow & { split: number; content: number }>(
    project.database,
    `SELECT f.id, f.split, f.content, hex(c.input_digest) AS digest
     FROM files f JOIN contents c ON c.id = f.content JOIN splits s ON s.id = f.split
     WHERE f.present = 1 AND f.state = 'image' AND s.position IS NOT NULL
     ORDER BY f.id`,
    ["id", "split", "content", "digest"],
  );
  const nodeByDigest = new Map<string, number>();
  const files: NodeFile[][] = [];
  digest.forEach((key, row) => {
    // All columns have the same length, hence the casts.
    const file: NodeFile = {
      id: id[row] as number,
      split: split[row] as number,
      content: content[row] as number,
    };
    const node = nodeByDigest.get(key);
    if (node === undefined) nodeByDigest.set(key, files.push([file]) - 1);
    else files[node]?.push(file);
  });
  return {
    count: files.length,
    files,
    copies: Int32Array.from(files, (list) => list.length),
    formerly: absentFiles(project, nodeByDigest),
  };
}

type FileRow = { id: number; digest: string };

function absentFiles(
  project: Project,
  nodeByDigest: ReadonlyMap<string, number>,
): Map<number, number> {
  const rows = project.database
    .prepare<[], FileRow>(
      `SELECT f.id, hex(c.input_digest) AS digest FROM files f JOIN contents c ON c.id = f.content
       WHERE f.present = 0 AND f.state = 'image' ORDER BY f.id`,
    )
    .iterate();
  const nodes = new Map<number, number>();
  for (const { id, digest } of rows) {
    const node = nodeByDigest.get(digest);
    if (node !== undefined) nodes.set(id, node);
  }
  return nodes;
}

/** The file that represents a node. */
export function firstFile(nodes: Nodes, node: number): NodeFile {
  return nodes.files[node]?.[0] as NodeFile; // every node has a file
}

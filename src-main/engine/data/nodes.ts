import { readColumns } from "./columns.ts";
import type { Project } from "./project-file.ts";
import { readNodeVersion } from "./settings.ts";

/**
 * The distinct images of a project. Files with the same model input and the same stored pictures share a node; otherwise, fifty copies
 * of an image would fill each other's lists of ten neighbors. Nodes are in the order of their first files.
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
  const keyOf = nodeKeys(project, content, digest);
  const nodeByDigest = new Map<string, number>();
  const files: NodeFile[][] = [];
  digest.forEach((input, row) => {
    const key = keyOf(input, content[row] as number);
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
    formerly: absentFiles(project, nodeByDigest, keyOf),
  };
}

/** From this version on, equal model inputs are not enough for one node. Older projects keep their nodes until the next scan. */
export const NODES_BY_STORED_PICTURES = 2;

type KeyOf = (input: string, content: number) => string;

/**
 * What the contents of one node have in common: the model's input, and the stored pictures where several present contents have
 * that input. A content whose pictures were never read in full is like no other.
 */
function nodeKeys(project: Project, contents: ArrayLike<number>, inputs: readonly string[]): KeyOf {
  if (readNodeVersion(project) < NODES_BY_STORED_PICTURES) return (input) => input;
  const contentByInput = new Map<string, number>();
  const shared = new Set<string>();
  inputs.forEach((input, row) => {
    const content = contents[row] as number;
    if ((contentByInput.get(input) ?? content) !== content) shared.add(input);
    contentByInput.set(input, content);
  });
  const select = project.database
    .prepare<[number], string | null>(
      "SELECT nullif(hex(pixel_digest), '') FROM contents WHERE id = ?",
    )
    .pluck();
  const stored = (content: number) => select.get(content) ?? `content ${content}`;
  return (input, content) => {
    if (shared.has(input)) return `${input} ${stored(content)}`;
    const only = contentByInput.get(input);
    return only === undefined || only === content || stored(only) === stored(content)
      ? input
      : `${input} ${stored(content)}`;
  };
}

/** One present file of each content whose model input other contents have too. */
export function filesWithSharedInputs({ database }: Project): NodeFile[] {
  return database
    .prepare<[], NodeFile>(
      `SELECT min(f.id) AS id, f.split, f.content
       FROM files f JOIN contents c ON c.id = f.content JOIN splits s ON s.id = f.split
       WHERE f.present = 1 AND f.state = 'image' AND s.position IS NOT NULL AND c.input_digest IN (
         SELECT d.input_digest FROM files g JOIN contents d ON d.id = g.content JOIN splits t ON t.id = g.split
         WHERE g.present = 1 AND g.state = 'image' AND t.position IS NOT NULL
         GROUP BY d.input_digest HAVING count(DISTINCT d.id) > 1)
       GROUP BY f.content ORDER BY id`,
    )
    .all();
}

type FileRow = { id: number; content: number; digest: string };

function absentFiles(
  project: Project,
  nodeByDigest: ReadonlyMap<string, number>,
  keyOf: KeyOf,
): Map<number, number> {
  const rows = project.database
    .prepare<[], FileRow>(
      `SELECT f.id, f.content, hex(c.input_digest) AS digest FROM files f JOIN contents c ON c.id = f.content
       WHERE f.present = 0 AND f.state = 'image' ORDER BY f.id`,
    )
    .all();
  const nodes = new Map<number, number>();
  for (const { id, content, digest } of rows) {
    const node = nodeByDigest.get(keyOf(digest, content));
    if (node !== undefined) nodes.set(id, node);
  }
  return nodes;
}

/** The file that represents a node. */
export function firstFile(nodes: Nodes, node: number): NodeFile {
  return nodes.files[node]?.[0] as NodeFile; // every node has a file
}

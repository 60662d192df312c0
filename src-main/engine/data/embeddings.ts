import type { Statement } from "better-sqlite3";
import { firstFile, type Nodes } from "./nodes.ts";
import type { Project } from "./project-file.ts";

/** From this share of all nodes on, reading the whole table is faster than one query per node. */
const SHARE_FOR_ALL = 1 / 8;

/**
 * One model output's unit vectors by node, read on first use: most views of a project need none, and an open cluster needs few.
 * Stored vectors never change, so the time of reading does not matter.
 */
export class Embeddings {
  readonly dimensions: number;
  readonly #project: Project;
  readonly #nodes: Nodes;
  readonly #modelOutput: number;
  #matrix: Float32Array | undefined;
  /** 1 per node whose row has been read. */
  readonly #known: Uint8Array;
  #isComplete = false;
  #one: Statement<[number, number], Buffer> | undefined;

  constructor(project: Project, nodes: Nodes, modelOutput: number, dimensions: number) {
    this.#project = project;
    this.#nodes = nodes;
    this.#modelOutput = modelOutput;
    this.dimensions = dimensions;
    this.#known = new Uint8Array(nodes.count);
  }

  /**
   * All vectors, row-major `[nodes, dimensions]`.
   * @throws Error when a vector is missing, which cannot happen after the embedding stage
   */
  all(): Float32Array {
    if (!this.#isComplete) this.#readAll();
    return this.#rows;
  }

  /** The same matrix; only the rows of these nodes are guaranteed to be filled. @throws Error as {@link all} */
  of(nodes: Int32Array): Float32Array {
    if (this.#isComplete || nodes.length > this.#nodes.count * SHARE_FOR_ALL) return this.all();
    for (const node of nodes) {
      if (this.#known[node] === 1) continue;
      this.#one ??= this.#project.database
        .prepare<[number, number], Buffer>(
          "SELECT vector FROM embeddings WHERE content = ? AND response = ?",
        )
        .pluck();
      this.#put(node, this.#one.get(firstFile(this.#nodes, node).content, this.#modelOutput));
    }
    return this.#rows;
  }

  /** Shared memory, for worker threads. The system allocates pages only for rows that are written. */
  get #rows(): Float32Array {
    const numbers = this.#nodes.count * this.dimensions;
    this.#matrix ??= new Float32Array(
      new SharedArrayBuffer(numbers * Float32Array.BYTES_PER_ELEMENT),
    );
    return this.#matrix;
  }

  #readAll(): void {
    const nodeOf = new Map<number, number>();
    for (let node = 0; node < this.#nodes.count; node++) {
      nodeOf.set(firstFile(this.#nodes, node).content, node);
    }
    const rows = this.#project.database
      .prepare<[number, number], [number, Buffer]>(
        "SELECT content, vector FROM embeddings WHERE response = ? AND length(vector) = ?",
      )
      .raw()
      .iterate(this.#modelOutput, this.dimensions * Float32Array.BYTES_PER_ELEMENT);
    for (const [content, vector] of rows) {
      const node = nodeOf.get(content);
      if (node !== undefined) this.#put(node, vector);
    }
    const missing = this.#known.indexOf(0);
    if (missing >= 0) this.#put(missing, undefined);
    this.#isComplete = true;
  }

  #put(node: number, vector: Buffer | undefined): void {
    if (vector?.length !== this.dimensions * Float32Array.BYTES_PER_ELEMENT) {
      const { id } = firstFile(this.#nodes, node);
      throw new Error(`The project has no embedding of file ${id}`);
    }
    new Uint8Array(this.#rows.buffer).set(vector, node * vector.length);
    this.#known[node] = 1;
  }
}

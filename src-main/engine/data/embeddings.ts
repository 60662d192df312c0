import type { Statement } from "better-sqlite3";
import { firstFile, type Nodes } from "./nodes.ts";
import type { Project } from "./project-file.ts";

/** Share of all nodes from which one pass over the table is faster than looking each of them up. */
const SHARE_FOR_ALL = 1 / 8;

/**
 * One model output's unit vectors by node, read when they are first asked for: most of what is shown of a project needs none, and an
 * open cluster few. What is stored of a content never changes, so that it does not matter when it is read.
 */
export class Embeddings {
  readonly dimensions: number;
  readonly #project: Project;
  readonly #nodes: Nodes;
  readonly #modelOutput: number;
  #matrix: Float32Array | undefined;
  /** Per node, 1 when its row has been read. */
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
   * @throws Error when one is missing, which a finished embedding stage rules out.
   */
  all(): Float32Array {
    if (!this.#isComplete) this.#readAll();
    return this.#rows;
  }

  /** The same matrix, of which only the rows of these nodes need be there. @throws Error as {@link all}. */
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

  /** In memory that threads can share; the system gives it to those rows alone that are written to. */
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
      .prepare<[number], [number, Buffer]>(
        "SELECT content, vector FROM embeddings WHERE response = ?",
      )
      .raw()
      .iterate(this.#modelOutput);
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
      throw new Error(`The project lacks the embedding of file ${id}`);
    }
    new Uint8Array(this.#rows.buffer).set(vector, node * vector.length);
    this.#known[node] = 1;
  }
}

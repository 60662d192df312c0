import { evidenceFactsReader } from "../data/contents-table.ts";
import { firstFile, type Nodes } from "../data/nodes.ts";
import type { Project } from "../data/project-file.ts";
import type { ImageFacts } from "./evidence/evidence.ts";
import { asSignature, SIGNATURE_BYTES } from "./evidence/signature.ts";
import type { ScanRun } from "./scan-run.ts";
import { digestStoredPictures } from "./stored-pictures.ts";

/** Reads what the project stores about each node's image for comparing it, and caches it. */
export class FactsReader {
  readonly #nodes: Nodes;
  readonly #facts: (ImageFacts | undefined)[];
  /** Signatures by node. Filled as nodes are read, and shared with worker threads. */
  readonly signatures: SharedArrayBuffer;
  readonly #read;

  constructor(project: Project, nodes: Nodes) {
    this.#nodes = nodes;
    this.#facts = new Array(nodes.count);
    this.signatures = new SharedArrayBuffer(nodes.count * SIGNATURE_BYTES);
    this.#read = evidenceFactsReader(project);
  }

  of(node: number): ImageFacts {
    let facts = this.#facts[node];
    if (!facts) {
      const row = this.#read(firstFile(this.#nodes, node).content);
      if (!row) throw new Error(`The project has no content for node ${node}`);
      const offset = node * SIGNATURE_BYTES;
      const signature = asSignature(new Uint8Array(this.signatures, offset, SIGNATURE_BYTES));
      signature.set(asSignature(row.signature));
      facts = { ...row, signature };
      this.#facts[node] = facts;
    }
    return facts;
  }

  haveSameSize(a: number, b: number): boolean {
    const [first, second] = [this.of(a), this.of(b)];
    return first.width === second.width && first.height === second.height;
  }

  /** Digests all that each node's first file stores. */
  async digestNodes(run: ScanRun, nodes: Iterable<number>): Promise<void> {
    const files = Array.from(nodes, (node) => firstFile(this.#nodes, node));
    if ((await digestStoredPictures(run, files)) > 0) this.#facts.fill(undefined);
  }
}

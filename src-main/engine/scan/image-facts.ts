import { evidenceFactsReader, pixelDigestWriter } from "../data/contents-table.ts";
import { firstFile, type NodeFile, type Nodes } from "../data/nodes.ts";
import type { Project } from "../data/project-file.ts";
import { decodeAllPixels, pixelDigest } from "./decode/decode.ts";
import type { ImageFacts } from "./evidence/evidence.ts";
import { asSignature, SIGNATURE_BYTES } from "./evidence/signature.ts";
import { rereadImages } from "./reread-images.ts";
import type { ScanRun } from "./scan-run.ts";

/** Reads what the project stores about each node's image for comparing it, and caches it. */
export class FactsReader {
  readonly #project: Project;
  readonly #nodes: Nodes;
  readonly #facts: (ImageFacts | undefined)[];
  /** Signatures by node. Filled as nodes are read, and shared with worker threads. */
  readonly signatures: SharedArrayBuffer;
  readonly #read;

  constructor(project: Project, nodes: Nodes) {
    this.#project = project;
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

  /** Digests the full-size pixels of different files within a node: the model cannot tell them apart, but pixels can. */
  async digestWithinNodes(run: ScanRun): Promise<void> {
    const wanted = new Map<number, NodeFile>();
    for (const files of this.#nodes.files) {
      if (files.every(({ content }) => content === files[0]?.content)) continue;
      for (const file of files) if (!wanted.has(file.content)) wanted.set(file.content, file);
    }
    await this.#digest(run, [...wanted.values()]);
  }

  /** Digests the full-size pixels of each node's first file. */
  async digestNodes(run: ScanRun, nodes: Iterable<number>): Promise<void> {
    await this.#digest(
      run,
      Array.from(nodes, (node) => firstFile(this.#nodes, node)),
    );
  }

  /** Decodes the files whose pixel digest is missing and stores it. */
  async #digest(run: ScanRun, files: readonly NodeFile[]): Promise<void> {
    const digests = pixelDigestWriter(this.#project);
    const wanted = files.filter(({ content }) => digests.lacks(content));
    await rereadImages(run, wanted, async (bytes, content) => {
      const { width, height } = this.#read(content) ?? { width: 0, height: 0 };
      const digest = pixelDigest(await decodeAllPixels(bytes), width, height);
      return () => digests.store(content, digest);
    });
    if (wanted.length > 0) this.#facts.fill(undefined);
  }
}

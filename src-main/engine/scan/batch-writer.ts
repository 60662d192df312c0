import { embeddedContentWriter, storedSha256s } from "../data/contents-table.ts";
import type { PendingFile } from "../data/files-table.ts";
import { inTransaction, type Project } from "../data/project-file.ts";
import type { DecodedImage } from "./decode/decode.ts";
import type { Embedder } from "./embed/embedder.ts";
import type { Signature } from "./evidence/signature.ts";

/** Batches that may wait for inference before reading continues; embedding can take longer than decoding. */
const BATCHES_AHEAD = 3;

/** A file whose state needs no embedding. Several files may have the same bytes. */
export type Settled = { readonly files: readonly PendingFile[] } & (
  | { readonly state: "other" }
  | { readonly state: "unreadable"; readonly reason: string }
  | {
      readonly state: "known";
      readonly content: number;
      /** Set if an older version stored the content. */
      readonly damage?: string | null;
    }
);

export interface Decoded {
  readonly state: "decoded";
  /** Files with these bytes. Grows until the content is stored. */
  readonly files: readonly PendingFile[];
  readonly sha256: Buffer;
  readonly bytes: number;
  readonly image: DecodedImage;
  readonly signature: Signature;
  readonly inputDigest: Buffer;
  /** Number of EXIF entries. */
  readonly exif: number;
}

export interface BatchWriterOptions {
  readonly project: Project;
  /** Model outputs to store, with their ids in the project. */
  readonly modelOutputs: readonly { readonly id: number; readonly name: string }[];
  /** Called when the first image must be embedded. */
  readonly openEmbedder: () => Promise<Embedder>;
}

/** Embeds batches of images of the same input size and stores them, one after the other. Also knows which contents need no decoding. */
export class BatchWriter {
  readonly #options: BatchWriterOptions;
  readonly #content: ReturnType<typeof embeddedContentWriter>;
  /** Prefixes of the stored digests. Most files are new, and querying SQLite for each would take 0.1 ms. */
  readonly #storedPrefixes = new Set<number>();
  /** Files by the digest of content that is being decoded or embedded. */
  readonly #expected = new Map<string, PendingFile[]>();
  #embedder: Promise<Embedder> | undefined;
  #last: Promise<void> = Promise.resolve();
  /** Batches that are not stored yet, oldest first. */
  readonly #unstored: Promise<void>[] = [];

  constructor(options: BatchWriterOptions) {
    this.#options = options;
    const ids = options.modelOutputs.map(({ id }) => id);
    this.#content = embeddedContentWriter(options.project, ids);
    for (const sha256 of storedSha256s(options.project)) this.#storedPrefixes.add(prefix(sha256));
  }

  /** The id of the content if every required embedding of it is stored. */
  knownContent(sha256: Buffer): number | undefined {
    return this.#storedPrefixes.has(prefix(sha256)) ? this.#content.embedded(sha256) : undefined;
  }

  /** Whether it is unknown if a content is damaged. */
  lacksDamage(content: number): boolean {
    return this.#content.lacksDamage(content);
  }

  /** Adds a file to content that another file has announced by {@link expect}. @returns false if there is none */
  join(sha256: Buffer, file: PendingFile): boolean {
    const files = this.#expected.get(keyOf(sha256));
    files?.push(file);
    return files !== undefined;
  }

  /** Announces content that will be written. @returns its files, which grow by {@link join} */
  expect(sha256: Buffer, file: PendingFile): PendingFile[] {
    const files = [file];
    this.#expected.set(keyOf(sha256), files);
    return files;
  }

  /** Withdraws content that will not be written. */
  forget(sha256: Buffer): void {
    this.#expected.delete(keyOf(sha256));
  }

  /** Resolves when this batch and every earlier one is stored. */
  write(batch: readonly Decoded[], settled: readonly Settled[]): Promise<void> {
    this.#last = this.#last.then(async () => {
      const embeddings = batch.length > 0 ? await this.#embed(batch) : [];
      inTransaction(this.#options.project, () => this.#store(batch, embeddings, settled));
      for (const { sha256 } of batch) {
        this.#storedPrefixes.add(prefix(sha256));
        this.forget(sha256);
      }
      this.#unstored.shift();
    });
    this.#unstored.push(this.#last);
    return this.#last;
  }

  /** Resolves when at most {@link BATCHES_AHEAD} batches are waiting. */
  async room(): Promise<void> {
    while (this.#unstored.length > BATCHES_AHEAD) await this.#unstored[0];
  }

  /** @returns per model output, unit vectors, row-major `[batch, dimensions]` */
  async #embed(batch: readonly Decoded[]): Promise<Float32Array[]> {
    this.#embedder ??= this.#options.openEmbedder();
    const embedder = await this.#embedder;
    const { inputWidth, inputHeight } = (batch[0] as Decoded).image; // the batch is not empty
    const pixels = Buffer.concat(batch.map(({ image }) => image.pixels));
    const outputs = await embedder.run(pixels, batch.length, inputHeight, inputWidth);
    return this.#options.modelOutputs.map(({ name }) => {
      const matrix = outputs[name];
      if (!matrix) throw new Error(`The embedder did not return the output "${name}"`);
      return matrix;
    });
  }

  #store(
    batch: readonly Decoded[],
    embeddings: readonly Float32Array[],
    settled: readonly Settled[],
  ): void {
    batch.forEach(({ files, sha256, bytes, image, signature, inputDigest, exif }, row) => {
      const { width, height, format } = image;
      const isFullSize =
        image.isPlain && image.inputWidth === width && image.inputHeight === height;
      const id = this.#content.store(
        {
          sha256,
          bytes,
          width,
          height,
          format,
          inputDigest,
          pixelDigest: isFullSize ? inputDigest : null,
          signature,
          exif,
          damage: image.damage,
        },
        embeddings.map((matrix) => {
          const dimensions = matrix.length / batch.length;
          return matrix.subarray(row * dimensions, (row + 1) * dimensions);
        }),
      );
      for (const file of files) this.#content.settleFile(file.id, "image", id, null);
    });
    for (const outcome of settled) {
      const content = outcome.state === "known" ? outcome.content : null;
      const reason = outcome.state === "unreadable" ? outcome.reason : null;
      const state = outcome.state === "known" ? "image" : outcome.state;
      if (outcome.state === "known" && outcome.damage !== undefined)
        this.#content.setDamage(outcome.content, outcome.damage);
      for (const { id } of outcome.files) this.#content.settleFile(id, state, content, reason);
    }
  }
}

const keyOf = (sha256: Buffer) => sha256.toString("latin1");

/** The first 31 bits of a digest: the largest integer that V8 stores without a heap object. */
const prefix = (sha256: Buffer) => sha256.readUInt32BE() >>> 1;

import { createHash, hash } from "node:crypto";
import { type PathLike, readFile as readFileCallback } from "node:fs";
import { open } from "node:fs/promises";
import { promisify } from "node:util";
import { pathTextFromBytes } from "../../text/paths.ts";
import { embeddedContentWriter, storedSha256s } from "../data/contents-table.ts";
import type { PendingFile } from "../data/files-table.ts";
import { inTransaction, type Project } from "../data/project-file.ts";
import { absolutePath } from "../files/paths.ts";
import { systemErrorReason } from "../files/system-errors.ts";
import {
  type DecodedImage,
  decodeImage,
  type InputSize,
  UnreadableImageError,
} from "./decode/decode.ts";
import { exifBlock, exifEntries } from "./decode/exif.ts";
import { Semaphore } from "./decode/semaphore.ts";
import { openShrinker, shrinkSmallJpeg } from "./decode/small-jpeg.ts";
import { looksLikeImageName, SNIFF_BYTES, sniffFormat } from "./decode/sniff.ts";
import type { Embedder } from "./embed/embedder.ts";
import { makeSignature, type Signature } from "./evidence/signature.ts";

/**
 * Files in flight, per thread: enough that inference, which holds up the event loop, starves no thread. Reading takes four of libuv's turns,
 * each behind all that waits to be decoded, so that most files in flight are not yet read.
 */
const FILES_IN_FLIGHT_PER_THREAD = 48;
/**
 * Files being decoded at once, per thread, be it in libuv's queue. With no bound they wait there in one crowd, no file is read behind it, and
 * the threads run dry when it is through: they were at work for 93 % of the time, with this bound for 94.5 %.
 */
const DECODES_PER_THREAD = 12;
/** With fewer files starting threads for small JPEGs, which takes 0.2 s, in a checkout 0.3, is no gain. */
const FILES_WORTH_THREADS = 500;
/** Batches that wait to be embedded before no further file is begun: embedding may take longer than decoding. */
const BATCHES_AHEAD = 3;
/** Bytes of all files that are held at a time; a larger file goes alone. */
const bytesInFlight = new Semaphore(128 * 1024 ** 2);
/** Decoded images waiting for others of their size, in batches, before the largest group goes ahead unfilled. */
const WAITING_BATCHES = 4;
/** No honest image comes near this; reading a larger file whole would take its size in memory. */
const MAX_FILE_BYTES = 1024 ** 3;
/** Between two reports of progress. */
const PROGRESS_INTERVAL_MS = 100;

// The callback form is a third faster than the promises' on small files, which go through four turns otherwise.
const readFile = promisify(readFileCallback) as (path: PathLike) => Promise<Buffer>;

export interface EmbedFilesOptions {
  readonly project: Project;
  readonly files: readonly PendingFile[];
  readonly input: InputSize;
  /** Outputs to keep, by name, with their numbers in the project. */
  readonly modelOutputs: readonly { readonly id: number; readonly name: string }[];
  /** Opened when the first image needs it. */
  readonly openEmbedder: () => Promise<Embedder>;
  readonly batchSize: number;
  readonly threads: number;
  readonly signal: AbortSignal;
  /** Awaited before each file. */
  readonly checkpoint: () => Promise<void>;
  readonly onUnreadable: (file: PendingFile, reason: string) => void;
  readonly onProgress: (done: number, unreadable: number) => void;
}

/** What became of a file, or of several that turned out to hold the same bytes. */
type Outcome = Settled | Decoded | { readonly state: "joined" };

type Settled = { readonly files: readonly PendingFile[] } & (
  | { readonly state: "other" }
  | { readonly state: "unreadable"; readonly reason: string }
  | { readonly state: "known"; readonly content: number }
);

interface Decoded {
  readonly state: "decoded";
  /** Grows until the content is stored. */
  readonly files: readonly PendingFile[];
  readonly sha256: Buffer;
  readonly bytes: number;
  readonly image: DecodedImage;
  readonly signature: Signature;
  readonly inputDigest: Buffer;
  /** Number of its entries of EXIF. */
  readonly exif: number;
}

/**
 * Reads, decodes and embeds files, many at once, and stores each batch in one transaction: whatever ends the process, what was
 * stored stays and the rest is still pending. Memory is bounded by the files in flight and the batches waiting.
 * @returns the number of images that were decoded and embedded.
 * @throws the signal's reason when it is aborted, once what was decoded is stored.
 */
export async function embedFiles(options: EmbedFilesOptions): Promise<number> {
  const { files, signal, threads, batchSize } = options;
  const writer = new BatchWriter(options);
  const decodes = new Semaphore(threads * DECODES_PER_THREAD);
  await using shrinker = openShrinker(files.length < FILES_WORTH_THREADS ? 0 : threads);
  const decode = (bytes: Buffer) =>
    decodes.run(1, () =>
      decodeImage(bytes, options.input, (job) =>
        shrinker.run(job).catch(() => {
          // A thread that ends by itself takes no picture with it.
          signal.throwIfAborted();
          return shrinkSmallJpeg(job);
        }),
      ),
    );
  const waiting = new Map<string, Decoded[]>();
  let waitingCount = 0;
  let settled: Settled[] = [];
  let next = 0;
  let done = 0;
  let unreadable = 0;
  let embedded = 0;
  let reportedAt = 0;

  async function flushGroup(key: string): Promise<void> {
    const group = waiting.get(key) ?? [];
    waiting.delete(key);
    waitingCount -= group.length;
    const others = settled;
    settled = [];
    await writer.write(group, others);
    embedded += group.length;
  }

  async function take(outcome: Outcome): Promise<void> {
    done++;
    if (outcome.state === "unreadable") {
      unreadable += outcome.files.length;
      for (const file of outcome.files) options.onUnreadable(file, outcome.reason);
    }
    if (outcome.state === "decoded") {
      const key = `${outcome.image.inputWidth}x${outcome.image.inputHeight}`;
      const group = waiting.get(key) ?? [];
      waiting.set(key, group);
      group.push(outcome);
      waitingCount++;
      if (group.length >= batchSize) await flushGroup(key);
      else if (waitingCount >= WAITING_BATCHES * batchSize) {
        const [largest] = [...waiting].sort(([, a], [, b]) => b.length - a.length);
        if (largest) await flushGroup(largest[0]);
      }
    } else if (outcome.state !== "joined") settled.push(outcome);
    if (settled.length >= batchSize) {
      const others = settled;
      settled = [];
      await writer.write([], others);
    }
    if (performance.now() - reportedAt >= PROGRESS_INTERVAL_MS) {
      reportedAt = performance.now();
      options.onProgress(done, unreadable);
    }
  }

  const stop = new AbortController();
  const stopped = AbortSignal.any([signal, stop.signal]);
  async function work(): Promise<void> {
    for (let file = files[next++]; file && !stopped.aborted; file = files[next++]) {
      await options.checkpoint();
      await writer.room();
      if (stopped.aborted) return;
      const outcome = await lookInto(file, writer, decode);
      if (!stopped.aborted) await take(outcome);
    }
  }

  const inFlight = Math.min(files.length, threads * FILES_IN_FLIGHT_PER_THREAD);
  const aborted = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
  try {
    // A decoder in the middle of a large picture can't be stopped: a cancel doesn't wait for it.
    await Promise.race([Promise.all(Array.from({ length: inFlight }, work)), aborted]);
  } catch (cause) {
    stop.abort();
    throw cause;
  }
  for (const key of [...waiting.keys()]) await flushGroup(key);
  // Also waits for a batch that was under way when the cancel came.
  await writer.write([], settled);
  options.onProgress(done, unreadable);
  signal.throwIfAborted();
  return embedded;
}

type Decode = (bytes: Buffer) => Promise<DecodedImage>;

async function lookInto(file: PendingFile, writer: BatchWriter, decode: Decode): Promise<Outcome> {
  const path = absolutePath(file.root, file.path);
  try {
    const named = looksLikeImageName(pathTextFromBytes(file.path));
    if (!named && !(await startsLikeImage(path))) return { files: [file], state: "other" };
    if (file.bytes > MAX_FILE_BYTES)
      throw new UnreadableImageError(`the file is larger than ${MAX_FILE_BYTES} bytes`);
    return await bytesInFlight.run(file.bytes, () => readImage(file, path, writer, decode));
  } catch (cause) {
    return { files: [file], state: "unreadable", reason: reasonOf(cause) };
  }
}

async function readImage(
  file: PendingFile,
  path: Buffer,
  writer: BatchWriter,
  decode: Decode,
): Promise<Outcome> {
  const bytes = await readFile(path);
  const sha256 = hash("sha256", bytes, "buffer");
  const content = writer.knownContent(sha256);
  if (content !== undefined) return { files: [file], state: "known", content };
  if (writer.join(sha256, file)) return { state: "joined" };
  const files = writer.expect(sha256, file);
  try {
    const image = await decode(bytes);
    const exif = await exifBlock(bytes, image.format);
    return {
      files,
      state: "decoded",
      sha256,
      bytes: bytes.length,
      image,
      signature: makeSignature(image.pixels, image.inputWidth, image.inputHeight),
      inputDigest: pixelDigest(image.pixels, image.inputWidth, image.inputHeight),
      exif: exif ? exifEntries(exif).length : 0,
    };
  } catch (cause) {
    writer.forget(sha256);
    return { files, state: "unreadable", reason: reasonOf(cause) };
  }
}

/** Digest of pixels with their size; SHA-1 for its speed, no secret hangs on it. */
export function pixelDigest(pixels: Uint8Array, width: number, height: number): Buffer {
  return createHash("sha1").update(`${width}x${height}:`).update(pixels).digest();
}

/** Looks at the first bytes only: what lies beside images (archives, videos, labels) may be large. */
async function startsLikeImage(path: Buffer): Promise<boolean> {
  const handle = await open(path);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(SNIFF_BYTES), 0, SNIFF_BYTES, 0);
    return sniffFormat(buffer.subarray(0, bytesRead)) !== null;
  } finally {
    await handle.close();
  }
}

function reasonOf(cause: unknown): string {
  if (cause instanceof UnreadableImageError) return cause.message;
  return systemErrorReason(cause, { ENOENT: "the file vanished during the scan" });
}

/** Embeds groups of one size and stores them. Batches are written one after the other. */
class BatchWriter {
  readonly #options: EmbedFilesOptions;
  readonly #store: (
    group: readonly Decoded[],
    vectors: readonly Float32Array[],
    others: readonly Settled[],
  ) => void;
  readonly #known: (sha256: Buffer) => number | undefined;
  /** Where a digest may be in the project. Asking SQLite for each file would cost a tenth of a millisecond, and most are new. */
  readonly #perhapsKnown = new Set<number>();
  /** Files by the content that they hold, while it is not yet stored. */
  readonly #expected = new Map<string, PendingFile[]>();
  #embedder: Promise<Embedder> | undefined;
  #last: Promise<void> = Promise.resolve();
  /** Batches that are not yet stored, the oldest first. */
  readonly #unstored: Promise<void>[] = [];

  constructor(options: EmbedFilesOptions) {
    this.#options = options;
    const content = embeddedContentWriter(
      options.project,
      options.modelOutputs.map(({ id }) => id),
    );
    this.#known = content.embedded;
    for (const sha256 of storedSha256s(options.project)) this.#perhapsKnown.add(start(sha256));

    this.#store = (group, vectors, others) =>
      inTransaction(options.project, () => {
        group.forEach(({ files, sha256, bytes, image, signature, inputDigest, exif }, row) => {
          const { width, height, format } = image;
          const whole = image.inputWidth === width && image.inputHeight === height;
          const id = content.store(
            {
              sha256,
              bytes,
              width,
              height,
              format,
              inputDigest,
              pixelDigest: whole ? inputDigest : null,
              signature,
              exif,
            },
            vectors.map((matrix) => {
              const dimensions = matrix.length / group.length;
              return matrix.subarray(row * dimensions, (row + 1) * dimensions);
            }),
          );
          for (const file of files) content.settleFile(file.id, "image", id, null);
        });
        for (const outcome of others) {
          const known = outcome.state === "known" ? outcome.content : null;
          const reason = outcome.state === "unreadable" ? outcome.reason : null;
          const state = outcome.state === "known" ? "image" : outcome.state;
          for (const { id } of outcome.files) content.settleFile(id, state, known, reason);
        }
      });
  }

  /** The content of these bytes when it has every embedding that is wanted. */
  knownContent(sha256: Buffer): number | undefined {
    return this.#perhapsKnown.has(start(sha256)) ? this.#known(sha256) : undefined;
  }

  /** Lets a file share the content that another one brought and that is not yet stored. @returns whether there is one. */
  join(sha256: Buffer, file: PendingFile): boolean {
    const files = this.#expected.get(keyOf(sha256));
    files?.push(file);
    return files !== undefined;
  }

  /** Notes that this file's content will be written. @returns the files that hold it, which others may {@link join}. */
  expect(sha256: Buffer, file: PendingFile): PendingFile[] {
    const files = [file];
    this.#expected.set(keyOf(sha256), files);
    return files;
  }

  /** The content will not be written. */
  forget(sha256: Buffer): void {
    this.#expected.delete(keyOf(sha256));
  }

  /** Resolves when this batch, and every one before it, is stored. */
  write(group: readonly Decoded[], others: readonly Settled[]): Promise<void> {
    this.#last = this.#last.then(async () => {
      const vectors = group.length > 0 ? await this.#embed(group) : [];
      this.#store(group, vectors, others);
      for (const { sha256 } of group) {
        this.#perhapsKnown.add(start(sha256));
        this.forget(sha256);
      }
      this.#unstored.shift();
    });
    this.#unstored.push(this.#last);
    return this.#last;
  }

  /** Resolves when no more than {@link BATCHES_AHEAD} batches wait. */
  async room(): Promise<void> {
    while (this.#unstored.length > BATCHES_AHEAD) await this.#unstored[0];
  }

  async #embed(group: readonly Decoded[]): Promise<Float32Array[]> {
    this.#embedder ??= this.#options.openEmbedder();
    const embedder = await this.#embedder;
    const { inputWidth, inputHeight } = (group[0] as Decoded).image; // never called with an empty group
    const pixels = Buffer.concat(group.map(({ image }) => image.pixels));
    const outputs = await embedder.run(pixels, group.length, inputHeight, inputWidth);
    return this.#options.modelOutputs.map(({ name }) => {
      const matrix = outputs[name];
      if (!matrix) throw new Error(`The embedder left out the modelOutput ${name}`);
      return matrix;
    });
  }
}

const keyOf = (sha256: Buffer) => sha256.toString("latin1");

/** The first 31 bits of a digest: the largest whole number that V8 keeps without an object of its own. */
const start = (sha256: Buffer) => sha256.readUInt32BE() >>> 1;

import type { PendingFile } from "../data/files-table.ts";
import {
  BatchWriter,
  type BatchWriterOptions,
  type Decoded,
  type Settled,
} from "./batch-writer.ts";
import { decodeImage, type InputSize } from "./decode/decode.ts";
import { Semaphore } from "./decode/semaphore.ts";
import { openShrinker, type ShrinkJob, shrinkSmallJpeg } from "./decode/small-jpeg.ts";
import { type Outcome, readImage } from "./read-image.ts";

/** Files in flight per thread: enough to keep all threads busy while inference blocks the event loop. */
const FILES_IN_FLIGHT_PER_THREAD = 48;
/** Files being decoded per thread. Without this bound, decoding fills libuv's queue and delays reading (93 % busy, not 94.5 %). */
const DECODES_PER_THREAD = 12;
/** Fewer files are decoded without worker threads, which take 0.2 s to start. */
const FILES_WORTH_THREADS = 500;
/** Total size of the files held in memory. A larger file is read alone. */
const MAX_BYTES_IN_FLIGHT = 128 * 1024 ** 2;
/** Decoded images in batches of various sizes, as a multiple of the batch size, before the largest batch is written incomplete. */
const WAITING_BATCHES = 4;
const PROGRESS_INTERVAL_MS = 100;

export interface EmbedFilesOptions extends BatchWriterOptions {
  readonly files: readonly PendingFile[];
  readonly input: InputSize;
  /** Larger images are unreadable. */
  readonly maxPixels?: number;
  readonly batchSize: number;
  readonly threads: number;
  readonly signal: AbortSignal;
  /** Awaited before each file. */
  readonly checkpoint: () => Promise<void>;
  readonly onUnreadable: (file: PendingFile, reason: string) => void;
  readonly onProgress: (done: number, unreadable: number) => void;
}

/**
 * Reads, decodes, and embeds files concurrently and stores each batch in one transaction. If the process dies, stored batches
 * remain and the other files are still pending. Files in flight and waiting batches bound the memory.
 * @returns the number of embedded images
 * @throws the signal's reason after an abort, once all decoded images are stored
 */
export async function embedFiles(options: EmbedFilesOptions): Promise<number> {
  const { files, signal, threads, batchSize } = options;
  const writer = new BatchWriter(options);
  const decodes = new Semaphore(threads * DECODES_PER_THREAD);
  await using shrinker = openShrinker(files.length < FILES_WORTH_THREADS ? 0 : threads);
  const shrink = (job: ShrinkJob) =>
    shrinker.run(job).catch(() => {
      // The worker exited: decode on this thread.
      signal.throwIfAborted();
      return shrinkSmallJpeg(job);
    });
  const reader = {
    writer,
    bytesInFlight: new Semaphore(MAX_BYTES_IN_FLIGHT),
    decode: (bytes: Buffer) =>
      decodes.run(1, () => decodeImage(bytes, options.input, shrink, options.maxPixels)),
  };
  /** Decoded images by input size, since a batch has a single size. */
  const batches = new Map<string, Decoded[]>();
  let waiting = 0;
  let settled: Settled[] = [];
  let next = 0;
  let done = 0;
  let unreadable = 0;
  let embedded = 0;
  let reportedAt = 0;

  async function writeBatch(size: string): Promise<void> {
    const batch = batches.get(size) ?? [];
    batches.delete(size);
    waiting -= batch.length;
    await writer.write(batch, takeSettled());
    embedded += batch.length;
  }

  function takeSettled(): Settled[] {
    const taken = settled;
    settled = [];
    return taken;
  }

  async function add(outcome: Outcome): Promise<void> {
    done++;
    if (outcome.state === "unreadable") {
      unreadable += outcome.files.length;
      for (const file of outcome.files) options.onUnreadable(file, outcome.reason);
    }
    if (outcome.state === "decoded") {
      const size = `${outcome.image.inputWidth}x${outcome.image.inputHeight}`;
      const batch = batches.get(size) ?? [];
      batches.set(size, batch);
      batch.push(outcome);
      waiting++;
      if (batch.length >= batchSize) await writeBatch(size);
      else if (waiting >= WAITING_BATCHES * batchSize) {
        const [largest] = [...batches].sort(([, a], [, b]) => b.length - a.length);
        if (largest) await writeBatch(largest[0]);
      }
    } else if (outcome.state !== "joined") settled.push(outcome);
    if (settled.length >= batchSize) await writer.write([], takeSettled());
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
      const outcome = await readImage(file, reader);
      if (!stopped.aborted) await add(outcome);
    }
  }

  const inFlight = Math.min(files.length, threads * FILES_IN_FLIGHT_PER_THREAD);
  const aborted = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
  try {
    // A running decoder cannot be interrupted, so an abort does not wait for it.
    await Promise.race([Promise.all(Array.from({ length: inFlight }, work)), aborted]);
  } catch (cause) {
    stop.abort();
    throw cause;
  }
  for (const size of [...batches.keys()]) await writeBatch(size);
  // Also waits for a batch that was being written at the abort.
  await writer.write([], takeSettled());
  options.onProgress(done, unreadable);
  signal.throwIfAborted();
  return embedded;
}

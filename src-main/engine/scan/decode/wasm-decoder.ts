import { once } from "node:events";
import type { Worker } from "node:worker_threads";
import { startWorker } from "../../threads/start-worker.ts";
import type { DecodeReply, DecodeRequest } from "./wasm-worker.ts";

/** A picture decoded in full: upright RGB, row-major `[height, width, 3]`. */
export interface RawPicture {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}

/** A picture that takes longer is given up and its worker with it (a 12-megapixel HEIC took 1.2 s on one core). */
const WASM_TIMEOUT_MS = 60_000;

let worker: Worker | undefined;
let last: Promise<unknown> = Promise.resolve();

/**
 * Decodes what sharp's build cannot (HEIC, BMP) by ImageMagick's WebAssembly, in a worker of its own, so that a slow or
 * hostile file holds up nothing else.
 * @throws Error with the decoder's reason, or when it takes over a minute.
 */
export function decodeWithWebAssembly(bytes: Buffer, format: "heic" | "bmp"): Promise<RawPicture> {
  // One after the other: a picture's time must not run out while it waits for others.
  const decoded = last.then(() => decodeNow({ bytes, format }));
  last = decoded.catch(() => {});
  return decoded;
}

async function decodeNow(request: DecodeRequest): Promise<RawPicture> {
  worker ??= startDecoder();
  const timeout = AbortSignal.timeout(WASM_TIMEOUT_MS);
  let reply: DecodeReply;
  try {
    worker.ref();
    worker.postMessage(request);
    [reply] = (await once(worker, "message", { signal: timeout })) as [DecodeReply];
    worker.unref();
  } catch (cause) {
    void worker.terminate();
    worker = undefined;
    throw timeout.aborted ? new Error("timeout", { cause }) : cause;
  }
  if (!reply.ok) throw new Error(reply.reason);
  return reply;
}

function startDecoder(): Worker {
  const started = startWorker(import.meta, "wasm-worker");
  // The engine may end while the decoder has nothing to do.
  started.unref();
  return started;
}

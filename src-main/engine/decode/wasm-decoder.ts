import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import type { DecodeReply, DecodeRequest } from "./wasm-worker.ts";

/** A picture decoded in full: upright RGB, row-major `[height, width, 3]`. */
export interface RawPicture {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}

/** A picture that takes longer is given up and its worker with it (a 12-megapixel HEIC took 1.2 s on one core). */
const WASM_TIMEOUT_MS = 60_000;

interface Waiting {
  readonly resolve: (picture: RawPicture) => void;
  readonly reject: (cause: Error) => void;
  readonly timer: NodeJS.Timeout;
}

let worker: Worker | undefined;
let nextId = 0;
const waiting = new Map<number, Waiting>();

/**
 * Decodes what sharp's build cannot (HEIC, BMP) by ImageMagick's WebAssembly, in a worker of its own, so that a slow or
 * hostile file holds up nothing else.
 * @throws Error with the decoder's reason, or when it takes over a minute.
 */
export function decodeWithWebAssembly(bytes: Buffer, format: "heic" | "bmp"): Promise<RawPicture> {
  const running = startedWorker();
  const id = nextId++;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      stopWorker(new Error(`decoding took longer than ${WASM_TIMEOUT_MS / 1000} s`));
    }, WASM_TIMEOUT_MS);
    waiting.set(id, { resolve, reject, timer });
    running.postMessage({ id, bytes, format } satisfies DecodeRequest);
  });
}

function startedWorker(): Worker {
  if (worker) return worker;
  const extension = extname(import.meta.filename);
  worker = new Worker(new URL(`./wasm-worker${extension}`, import.meta.url));
  worker.on("message", (reply: DecodeReply) => {
    const request = waiting.get(reply.id);
    if (!request) return;
    waiting.delete(reply.id);
    clearTimeout(request.timer);
    if (reply.ok) request.resolve(reply);
    else request.reject(new Error(reply.reason));
  });
  worker.on("error", stopWorker);
  // The engine may end while the decoder has nothing to do.
  worker.unref();
  return worker;
}

function stopWorker(cause: unknown): void {
  void worker?.terminate();
  worker = undefined;
  for (const { reject, timer } of waiting.values()) {
    clearTimeout(timer);
    reject(cause instanceof Error ? cause : new Error(String(cause)));
  }
  waiting.clear();
}

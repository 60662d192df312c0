import { once } from "node:events";
import type { Worker } from "node:worker_threads";
import { startWorker } from "../../threads/start-worker.ts";
import type { DecodeReply, DecodeRequest } from "./wasm-worker.ts";

/** A fully decoded image: EXIF rotation applied, RGB or RGBA, row-major `[height, width, channels]`. */
export interface RawPicture {
  readonly width: number;
  readonly height: number;
  readonly channels: 3 | 4;
  readonly pixels: Uint8Array;
}

/** A 12-megapixel HEIC takes 1.2 s on one core. */
const TIMEOUT_MS = 60_000;

/**
 * Decodes the formats that sharp's build lacks (HEIC, BMP, TIFF with L*a*b* colors) with ImageMagick's WebAssembly build. It runs in its own worker so
 * that a slow or hostile file blocks nothing else.
 */
export class WebAssemblyDecoder {
  #worker: Worker | undefined;
  #last: Promise<unknown> = Promise.resolve();

  /** @throws Error with the decoder's reason, or "timeout" after a minute */
  decode(bytes: Buffer, format: DecodeRequest["format"]): Promise<RawPicture> {
    // One at a time, so that an image's timeout does not include waiting for others.
    const decoded = this.#last.then(() => this.#decodeNow({ bytes, format }));
    this.#last = decoded.catch(() => {});
    return decoded;
  }

  async #decodeNow(request: DecodeRequest): Promise<RawPicture> {
    this.#worker ??= startWorker(import.meta, "wasm-worker");
    const worker = this.#worker;
    const timeout = AbortSignal.timeout(TIMEOUT_MS);
    let reply: DecodeReply;
    try {
      worker.ref();
      worker.postMessage(request);
      [reply] = (await once(worker, "message", { signal: timeout })) as [DecodeReply];
      // An idle decoder must not keep the process alive.
      worker.unref();
    } catch (cause) {
      void worker.terminate();
      this.#worker = undefined;
      throw timeout.aborted ? new Error("timeout", { cause }) : cause;
    }
    if (!reply.ok) throw new Error(reply.reason);
    return reply;
  }
}

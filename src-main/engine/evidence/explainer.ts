import { once } from "node:events";
import { setImmediate } from "node:timers/promises";
import type { Worker } from "node:worker_threads";
import { startWorker } from "../start-worker.ts";
import { type ExplainedBatch, explainBatch, type PairBatch } from "./explain-batch.ts";

/** Explains batches of pairs on threads of its own, or on the caller's where there is too little to do for those. */
export class Explainer implements AsyncDisposable {
  readonly #signatures: Uint8Array;
  readonly #threads: readonly Thread[];

  /**
   * @param signatures of all pictures, one after the other; may be filled later, as long as a batch names only what is there
   * @param threads of its own; 0 for none
   */
  constructor(signatures: SharedArrayBuffer, threads: number) {
    this.#signatures = new Uint8Array(signatures);
    this.#threads = Array.from({ length: threads }, () => startThread(signatures));
  }

  /**
   * Explains all batches, some at once.
   * @param batches read as threads come free
   * @param visit gets the answers, in any order
   * @param pass awaited before each batch
   * @throws what `pass` throws, or an Error when a thread ends by itself
   */
  async explain<Batch extends PairBatch>(
    batches: Iterator<Batch>,
    visit: (batch: Batch, explained: ExplainedBatch) => void,
    pass: () => Promise<void>,
  ): Promise<void> {
    const work = async (ask: (batch: PairBatch) => Promise<ExplainedBatch>) => {
      for (;;) {
        await pass();
        const { value, done } = batches.next();
        if (done) return;
        visit(value, await ask(value));
      }
    };
    const here = async (batch: PairBatch) => {
      await setImmediate();
      return explainBatch(this.#signatures, batch);
    };
    const asks = this.#threads.map((thread) => (batch: PairBatch) => askThread(thread, batch));
    await Promise.all((asks.length > 0 ? asks : [here]).map(work));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#threads.map(({ worker }) => worker.terminate()));
  }
}

interface Thread {
  readonly worker: Worker;
  /** Rejects when it ends by itself. */
  readonly failed: Promise<never>;
}

function startThread(signatures: SharedArrayBuffer): Thread {
  const worker = startWorker(import.meta, "explain-worker", { workerData: signatures });
  const failed = new Promise<never>((_, reject) => worker.once("error", reject));
  failed.catch(() => {}); // Told to whoever asks next.
  return { worker, failed };
}

async function askThread(
  { worker, failed }: Thread,
  { a, b, stretch, swapped, crops }: PairBatch,
): Promise<ExplainedBatch> {
  worker.postMessage({ a, b, stretch, swapped, crops } satisfies PairBatch);
  const [explained] = await Promise.race([once(worker, "message"), failed]);
  return explained as ExplainedBatch;
}

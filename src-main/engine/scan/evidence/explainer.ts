import { WorkerPool } from "../../threads/worker-pool.ts";
import { type ExplainedBatch, explainBatch, type PairBatch } from "./explain-batch.ts";

/**
 * Threads that explain batches of pairs.
 * @param signatures of all pictures, one after the other; may be filled later, as long as a batch names only what is there
 * @param threads 0 to do it on the caller's
 */
export function openExplainer(
  signatures: SharedArrayBuffer,
  threads: number,
): WorkerPool<PairBatch, ExplainedBatch> {
  const here = new Uint8Array(signatures);
  return new WorkerPool({
    caller: import.meta,
    name: "explain-worker",
    workerData: signatures,
    threads,
    inline: (batch) => explainBatch(here, batch),
  });
}

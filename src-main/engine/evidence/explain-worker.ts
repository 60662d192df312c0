import { parentPort, workerData } from "node:worker_threads";
import { explainBatch, type PairBatch } from "./explain-batch.ts";

const signatures = new Uint8Array(workerData as SharedArrayBuffer);

parentPort?.on("message", (batch: PairBatch) => {
  parentPort?.postMessage(explainBatch(signatures, batch));
});

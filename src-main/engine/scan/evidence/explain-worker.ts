import { workerData } from "node:worker_threads";
import { handleJobs } from "../../threads/worker-pool.ts";
import { explainBatch, type PairBatch } from "./explain-batch.ts";

const signatures = new Uint8Array(workerData as SharedArrayBuffer);

handleJobs((batch: PairBatch) => explainBatch(signatures, batch));

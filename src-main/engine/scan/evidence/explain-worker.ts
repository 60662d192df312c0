import { workerData } from "node:worker_threads";
import { answerJobs } from "../../threads/job-threads.ts";
import { explainBatch, type PairBatch } from "./explain-batch.ts";

const signatures = new Uint8Array(workerData as SharedArrayBuffer);

answerJobs((batch: PairBatch) => explainBatch(signatures, batch));

import { workerData } from "node:worker_threads";
import { handleJobs } from "../../threads/worker-pool.ts";
import { newWorkspace } from "./evidence.ts";
import { explainBatch, type PairBatch } from "./explainer.ts";

const signatures = new Uint8Array(workerData as SharedArrayBuffer);
const workspace = newWorkspace();

handleJobs((batch: PairBatch) => explainBatch(workspace, signatures, batch));

import { workerData } from "node:worker_threads";
import { handleJobs } from "../../threads/worker-pool.ts";
import { ByteSearch, type ByteSearchTask } from "./byte-search.ts";

// Blocks are spread over worker threads, so one ONNX Runtime thread each is enough.
const search = await ByteSearch.open(workerData as ByteSearchTask, 1);

handleJobs(
  (first: number) => search.searchBlock(first),
  () => search.release(),
);

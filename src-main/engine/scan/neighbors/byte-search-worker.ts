import { workerData } from "node:worker_threads";
import { handleJobs } from "../../threads/worker-pool.ts";
import { ByteSearch, type ByteSearchTask } from "./byte-search.ts";

// The threads share the work by blocks: each needs but one of its own.
const search = await ByteSearch.open(workerData as ByteSearchTask, 1);

handleJobs(
  (first: number) => search.searchBlock(first),
  () => search.release(),
);

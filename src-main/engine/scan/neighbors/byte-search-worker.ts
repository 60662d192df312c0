import { workerData } from "node:worker_threads";
import { answerJobs } from "../../threads/job-threads.ts";
import { ByteSearch, type ByteSearchTask } from "./byte-search.ts";

// The threads share the work by blocks: each needs but one of its own.
const search = await ByteSearch.open(workerData as ByteSearchTask, 1);

answerJobs(
  (first: number) => search.searchBlock(first),
  () => search.release(),
);

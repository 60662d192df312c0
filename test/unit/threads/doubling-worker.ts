import { handleJobs } from "../../../src-main/engine/threads/worker-pool.ts";

handleJobs((job: number) => {
  if (Number.isNaN(job)) process.exit();
  if (job < 0) throw new RangeError(`Expected a number of 0 or more but received ${job}.`);
  return 2 * job;
});

import { describe, expect, test } from "vitest";
import { WorkerPool } from "../../../src-main/engine/threads/worker-pool.ts";

function doublingPool(threads: number): WorkerPool<number, number> {
  return new WorkerPool({
    caller: import.meta,
    name: "doubling-worker",
    workerData: null,
    threads,
    inline: (job) => 2 * job,
  });
}

describe("a worker pool", () => {
  test.each([0, 1, 3])("returns each job's own result with %i workers", async (threads) => {
    await using pool = doublingPool(threads);
    const jobs = Array.from({ length: 50 }, (_, job) => job);
    expect(await Promise.all(jobs.map((job) => pool.run(job)))).toEqual(jobs.map((job) => 2 * job));
    const results = new Map<number, number>();
    await pool.runAll(
      jobs.values(),
      (job, result) => results.set(job, result),
      async () => {},
    );
    expect([...results].sort(([a], [b]) => a - b)).toEqual(jobs.map((job) => [job, 2 * job]));
  });

  test("rejects pending and later jobs when its worker throws", async () => {
    await using pool = doublingPool(1);
    const results = await Promise.allSettled([pool.run(1), pool.run(-1), pool.run(2)]);
    expect(results[0]).toEqual({ status: "fulfilled", value: 2 });
    for (const result of results.slice(1)) expect(result).toMatchObject({ status: "rejected" });
    await expect(pool.run(3)).rejects.toThrow("Expected a number of 0 or more");
  });

  test("rejects pending and later jobs when its worker exits without an error", async () => {
    await using pool = doublingPool(1);
    const results = await Promise.allSettled([pool.run(Number.NaN), pool.run(2)]);
    for (const result of results) expect(result).toMatchObject({ status: "rejected" });
    await expect(pool.run(3)).rejects.toThrow("The worker thread has exited");
  });
});

import { describe, expect, it } from "vitest";
import { JobThreads } from "../../../src-main/engine/threads/job-threads.ts";

function doubling(threads: number): JobThreads<number, number> {
  return new JobThreads({
    caller: import.meta,
    name: "doubling-worker",
    workerData: null,
    threads,
    here: (job) => 2 * job,
  });
}

describe("threads that do jobs", () => {
  it.each([0, 1, 3])("answer each with its own answer, with %i of them", async (threads) => {
    await using jobs = doubling(threads);
    const asked = Array.from({ length: 50 }, (_, job) => job);
    expect(await Promise.all(asked.map((job) => jobs.ask(job)))).toEqual(
      asked.map((job) => 2 * job),
    );
    const visited = new Map<number, number>();
    await jobs.run(
      asked.values(),
      (job, answer) => visited.set(job, answer),
      async () => {},
    );
    expect([...visited].sort(([a], [b]) => a - b)).toEqual(asked.map((job) => [job, 2 * job]));
  });

  it("fail the jobs of a thread that ends by itself, and those that come later, too", async () => {
    await using jobs = doubling(1);
    const answers = await Promise.allSettled([jobs.ask(1), jobs.ask(-1), jobs.ask(2)]);
    expect(answers[0]).toEqual({ status: "fulfilled", value: 2 });
    for (const answer of answers.slice(1)) expect(answer).toMatchObject({ status: "rejected" });
    await expect(jobs.ask(3)).rejects.toThrow("Expected a number of 0 or more");
  });

  it("fail the jobs of a thread that ends without a word", async () => {
    await using jobs = doubling(1);
    const answers = await Promise.allSettled([jobs.ask(Number.NaN), jobs.ask(2)]);
    for (const answer of answers) expect(answer).toMatchObject({ status: "rejected" });
    await expect(jobs.ask(3)).rejects.toThrow("The thread has ended");
  });
});

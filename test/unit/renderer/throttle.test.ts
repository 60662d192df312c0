import { expect, test } from "vitest";
import { Throttle } from "../../../src-renderer/state/throttle.ts";

test("runs one task at a time and, of what waits, only the latest", async () => {
  const begun: number[] = [];
  let atOnce = 0;
  let most = 0;
  const latest = new Throttle<number>(async (wish) => {
    begun.push(wish);
    most = Math.max(most, ++atOnce);
    await new Promise((resolve) => setTimeout(resolve, 10));
    atOnce--;
  });
  const first = latest.ask(1);
  await new Promise((resolve) => setTimeout(resolve, 5));
  for (const wish of [2, 3, 4]) void latest.ask(wish);
  await first;
  expect(begun).toEqual([1, 4]);
  expect(most).toBe(1);
  expect(latest.busy).toBe(false);
});

test("goes on after a task that fails", async () => {
  const done: string[] = [];
  const latest = new Throttle<string>(async (wish) => {
    if (wish === "bad") throw new Error("no");
    done.push(wish);
  });
  await latest.ask("bad");
  await latest.ask("good");
  expect(done).toEqual(["good"]);
});

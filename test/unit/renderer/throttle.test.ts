import { expect, test } from "vitest";
import { Throttle } from "../../../src-renderer/state/throttle.ts";

test("one task runs at a time, and only the latest waiting request is kept", async () => {
  const begun: number[] = [];
  let atOnce = 0;
  let most = 0;
  const latest = new Throttle<number>(async (request) => {
    begun.push(request);
    most = Math.max(most, ++atOnce);
    await new Promise((resolve) => setTimeout(resolve, 10));
    atOnce--;
  });
  const first = latest.ask(1);
  await new Promise((resolve) => setTimeout(resolve, 5));
  for (const request of [2, 3, 4]) void latest.ask(request);
  await first;
  expect(begun).toEqual([1, 4]);
  expect(most).toBe(1);
  expect(latest.busy).toBe(false);
});

test("a failing task does not stop later ones", async () => {
  const done: string[] = [];
  const latest = new Throttle<string>(async (request) => {
    if (request === "bad") throw new Error("no");
    done.push(request);
  });
  await latest.ask("bad");
  await latest.ask("good");
  expect(done).toEqual(["good"]);
});

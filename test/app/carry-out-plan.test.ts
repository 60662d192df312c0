import { describe, expect, test } from "vitest";
import { carryOutPlan } from "../../src-main/app/carry-out-plan.ts";
import type { ApplyRequest } from "../../src-main/contract/apply.ts";
import { type Answers, fakeEngine } from "../support/fake-engine.ts";

const REQUEST: ApplyRequest = { project: "p", kinds: [], to: { way: "trash" } };

/**
 * Carries out a plan for images 1, 2 and 3 of a fake project. The engine requests the trash for each one and reports `refused` ones
 * as kept. Events are recorded in order.
 */
async function carryOut({
  refused = {} as Record<number, string>,
  trashFails = {} as Record<string, string>,
  signal = undefined as AbortSignal | undefined,
  onResult = () => {},
  onTrash = () => {},
} = {}) {
  const happened: string[] = [];
  let answered: string | null | undefined;
  const answers: Answers = {
    "apply.run": async function* (request) {
      happened.push(`run ${JSON.stringify(request)}`);
      const counts = { done: 0, left: 0 };
      try {
        for (const image of [1, 2, 3]) {
          let reason = refused[image] ?? null;
          if (reason === null) {
            yield { type: "trash", ticket: image, file: `/train/${image}.jpg` };
            if (answered === undefined) throw new Error("The host did not answer.");
            reason = answered;
            answered = undefined;
          }
          counts[reason === null ? "done" : "left"]++;
          const result = { image, split: "train", path: `${image}.jpg`, to: null, sidecars: 0 };
          const refusedByTrash = reason !== null && refused[image] === undefined;
          yield { type: "result", ...result, done: reason === null, reason, refusedByTrash };
        }
        return counts;
      } finally {
        happened.push("run ended");
      }
    },
    "apply.trashed": ({ ticket, reason }) => {
      happened.push(`trashed ${ticket} ${reason}`);
      answered = reason;
      return {};
    },
  };
  const trash = async (file: string) => {
    happened.push(`trash ${file}`);
    onTrash();
    const failure = trashFails[file];
    if (failure !== undefined) throw new Error(failure);
  };
  const results = carryOutPlan(fakeEngine(answers), REQUEST, trash, signal);
  const told: [number | null, boolean, string | null][] = [];
  const outcome = { told, happened, counts: undefined as unknown, error: undefined as unknown };
  try {
    for (;;) {
      const { done, value } = await results.next();
      if (done) return { ...outcome, counts: value };
      told.push([value.image, value.done, value.reason]);
      onResult();
    }
  } catch (error) {
    return { ...outcome, error };
  }
}

describe("carrying a plan out", () => {
  test("passes the request on and trashes files one at a time when the engine requests it", async () => {
    const { told, happened, counts } = await carryOut();
    expect(happened).toEqual([
      `run ${JSON.stringify(REQUEST)}`,
      ...[1, 2, 3].flatMap((id) => [`trash /train/${id}.jpg`, `trashed ${id} null`]),
      "run ended",
    ]);
    expect(told).toEqual([1, 2, 3].map((id) => [id, true, null]));
    expect(counts).toEqual({ done: 3, left: 0 });
  });

  test("does not touch a file that the engine wants to keep", async () => {
    const { told, happened, counts } = await carryOut({
      refused: { 2: "Changed since the scan." },
    });
    expect(told[1]).toEqual([2, false, "Changed since the scan."]);
    expect(happened).not.toContain("trash /train/2.jpg");
    expect(counts).toEqual({ done: 2, left: 1 });
  });

  test("reports to the engine what the trash refused, and continues", async () => {
    const { told, happened, counts } = await carryOut({
      trashFails: { "/train/1.jpg": "No trash." },
    });
    expect(told[0]).toEqual([1, false, "No trash."]);
    expect(happened).toContain("trashed 1 No trash.");
    expect(counts).toEqual({ done: 2, left: 1 });
  });

  test("stops before the next file when the caller leaves", async () => {
    const leave = new AbortController();
    const { happened, error } = await carryOut({
      signal: leave.signal,
      onResult: () => leave.abort(),
    });
    expect(error).toBe(leave.signal.reason);
    expect(happened.slice(1)).toEqual(["trash /train/1.jpg", "trashed 1 null", "run ended"]);
  });

  test("trashes the sidecars of an image that is gone, and then stops", async () => {
    const leave = new AbortController();
    const happened: string[] = [];
    const result = { image: 1, split: "train", path: "1.jpg", to: null, sidecars: 1, done: true };
    const answers: Answers = {
      "apply.run": async function* () {
        yield { type: "trash", ticket: 1, file: "/train/1.jpg" };
        leave.abort();
        yield { type: "trash", ticket: 2, file: "/train/1.txt" };
        yield { type: "result", ...result, reason: null, refusedByTrash: false };
        return { done: 1, left: 0 };
      },
      "apply.trashed": () => ({}),
    };
    const trash = async (file: string) => {
      happened.push(file);
    };
    const results = carryOutPlan(fakeEngine(answers), REQUEST, trash, leave.signal);
    expect((await results.next()).value).toMatchObject({ image: 1, done: true });
    await expect(results.next()).rejects.toBe(leave.signal.reason);
    expect(happened).toEqual(["/train/1.jpg", "/train/1.txt"]);
  });

  test("reports a file to the engine that was being moved when the caller left", async () => {
    const leave = new AbortController();
    const { happened } = await carryOut({ signal: leave.signal, onTrash: () => leave.abort() });
    expect(happened.slice(1)).toEqual(["trash /train/1.jpg", "trashed 1 null", "run ended"]);
  });
});

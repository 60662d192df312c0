import { setImmediate } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { Semaphore } from "../../../../src-main/engine/scan/decode/semaphore.ts";

/** Work that records its start and runs until the test ends it. */
function piecesOfWork(semaphore: Semaphore) {
  const started: string[] = [];
  const endings = new Map<string, { resolve: () => void; reject: (cause: Error) => void }>();
  const begin = (name: string, cost: number) =>
    semaphore.run(cost, () => {
      started.push(name);
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      endings.set(name, { resolve, reject });
      return promise;
    });
  return { started, begin, ending: (name: string) => endings.get(name) };
}

describe("a semaphore", () => {
  test("runs work in parallel while it fits and starts the rest in order", async () => {
    const { started, begin, ending } = piecesOfWork(new Semaphore(10));
    const all = [begin("a", 6), begin("b", 4), begin("c", 6), begin("d", 1)];
    await setImmediate();
    expect(started).toEqual(["a", "b"]);
    ending("b")?.resolve();
    await setImmediate();
    expect(started).toEqual(["a", "b"]); // "d" would fit, but "c" came first
    ending("a")?.resolve();
    await setImmediate();
    expect(started).toEqual(["a", "b", "c", "d"]);
    ending("c")?.resolve();
    ending("d")?.resolve();
    await Promise.all(all);
  });

  test("runs work alone when it costs more than the capacity", async () => {
    const { started, begin, ending } = piecesOfWork(new Semaphore(10));
    const all = [begin("huge", 1000), begin("small", 1)];
    await setImmediate();
    expect(started).toEqual(["huge"]);
    ending("huge")?.resolve();
    await setImmediate();
    expect(started).toEqual(["huge", "small"]);
    ending("small")?.resolve();
    await Promise.all(all);
  });

  test("releases the cost of work that fails", async () => {
    const { started, begin, ending } = piecesOfWork(new Semaphore(1));
    const failed = begin("a", 1);
    const next = begin("b", 1);
    ending("a")?.reject(new Error("damaged"));
    await expect(failed).rejects.toThrow("damaged");
    await setImmediate();
    expect(started).toEqual(["a", "b"]);
    ending("b")?.resolve();
    await next;
  });
});

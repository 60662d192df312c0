import { describe, expect, test } from "vitest";
import { SupervisedEngine } from "../../src-main/app/supervised-engine.ts";
import type { RunningEngine } from "../../src-main/engine-client/engine-client.ts";
import { startNodeEngine } from "../../src-main/engine-client/node-engine.ts";
import { folderOf, pictures } from "../support/drawn-data-set.ts";
import { type Answers, fakeHost } from "../support/fake-engine.ts";
import { freshFolder } from "../support/fresh-folder.ts";
import { childrenOf } from "../support/run-twinlens.ts";

const settled = () => new Promise((done) => setImmediate(done));

/** A supervised engine made of fakes, with a clock that the test controls. */
function supervised(answers: Answers = { devices: () => [] }) {
  const hosts: ReturnType<typeof fakeHost>[] = [];
  const restarts: string[] = [];
  const clock = { now: 0 };
  const engine = new SupervisedEngine({
    startEngine: (): RunningEngine => {
      const host = fakeHost(answers);
      hosts.push(host);
      return host;
    },
    onRestarted: (reason) => restarts.push(reason),
    now: () => clock.now,
  });
  const crash = async (how: string) => {
    hosts.at(-1)?.crash(how);
    await settled();
  };
  return { engine, hosts, restarts, clock, crash };
}

describe("an engine that ends unexpectedly", () => {
  test("is replaced, and the host learns why", async () => {
    const { engine, hosts, restarts, crash } = supervised();
    await crash("SIGSEGV");
    expect(hosts).toHaveLength(2);
    expect(restarts).toEqual(["SIGSEGV"]);
    expect(await engine.client.devices()).toEqual([]);
  });

  test("is not replaced after ending three times within a minute, and every call says so", async () => {
    const { engine, hosts, restarts, crash } = supervised();
    for (let time = 0; time < 3; time++) await crash("SIGSEGV");
    expect(hosts).toHaveLength(3);
    expect(restarts).toHaveLength(2);
    await expect(engine.client.devices()).rejects.toMatchObject({
      code: "ENGINE_ENDED",
      message:
        "The engine crashed 3 times within a minute, the last time with SIGSEGV. Your work is saved. Restart Twinlens.",
    });
  });

  test("is always replaced if it ends only now and then", async () => {
    const { engine, clock, crash } = supervised();
    for (let time = 0; time < 9; time++) {
      clock.now += 31_000;
      await crash("exit code 1");
    }
    expect(await engine.client.devices()).toEqual([]);
  });

  test("is not replaced after the host has ended", async () => {
    const { engine, hosts, crash } = supervised();
    await engine[Symbol.asyncDispose]();
    await crash("SIGTERM");
    expect(hosts).toHaveLength(1);
    await expect(engine.client.devices()).rejects.toThrow("The program is closing.");
  });
});

test("the engine's own errors are passed on unchanged", async () => {
  const refused = new TypeError("refused");
  const { engine } = supervised({
    devices: () => {
      throw refused;
    },
  });
  await expect(engine.client.devices()).rejects.toBe(refused);
});

describe.runIf(process.platform === "linux")("a real engine that is killed", () => {
  test("fails the calls in progress in one clear line, and the next call works", async () => {
    const root = await folderOf(pictures("train", 60));
    const restarts: string[] = [];
    const before = childrenOf(process.pid);
    await using engine = new SupervisedEngine({
      startEngine: () => startNodeEngine(freshFolder()),
      onRestarted: (reason) => restarts.push(reason),
    });
    const [pid = -1] = childrenOf(process.pid).filter((child) => !before.includes(child));
    const splits = [{ name: "train", root }];
    const events = await engine.client.scan({ splits, device: "cpu", threads: 1, batchSize: 1 });
    const scanning = (async () => {
      for await (const event of events) if (event.type === "device") process.kill(pid, "SIGKILL");
    })();
    await expect(scanning).rejects.toMatchObject({
      code: "ENGINE_ENDED",
      message: "The engine crashed (SIGKILL). Your work is saved. Try again.",
    });
    expect(restarts).toEqual(["SIGKILL"]);
    expect(await engine.client.recognizeSplits({ root })).toMatchObject({
      splits: [{ name: "train", root: `${root}/train` }],
    });
  });
});

import { copyFileSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { beforeAll, describe, expect, test } from "vitest";
import { DEMO_SIZE } from "../../src-main/engine/demo/demo.ts";
import { seededRandom } from "../../src-main/engine/demo/seeded-random.ts";
import { folderOf, pictures } from "../support/drawn-data-set.ts";
import { freshFolder } from "../support/fresh-folder.ts";
import { run } from "../support/run-in-process.ts";
import { childrenOf, lives, type RunningTwinlens, startTwinlens } from "../support/run-twinlens.ts";
import { withoutSeconds } from "../support/running-engine.ts";

/** One thread and small batches make a scan long, with many points at which it can be stopped. */
const SLOWLY = ["--device", "cpu", "--threads", "1", "--batch-size", "4"];

let root: string;
/** The report of a scan that was not interrupted. */
let undisturbed: string;

beforeAll(async () => {
  root = await folderOf({
    ...pictures("train/a", 100),
    ...pictures("test/a", 40, 200),
    "train/b/copy.jpg": 1,
    "test/b/leak.jpg": 2,
    "test/b/another-leak.jpg": 3,
    "test/broken.jpg": "no picture",
  });
  undisturbed = (await run(["scan", root, "--device", "cpu", "--json", "-"])).stdout;
});

const scanInto = (project: string) =>
  startTwinlens(["scan", root, "--project", project, ...SLOWLY], { detached: true });

/** The number of images that resuming a scan still has to read, and its report. */
async function goOn(project: string): Promise<{ left: number; report: string }> {
  const json = join(freshFolder(), "report.json");
  const words = ["scan", root, "--device", "cpu", "--project", project, "--json", json];
  const { code, stderr } = await run(words);
  expect(code).toBe(0);
  const [, left] = /^Reading files +[\d,]+ \/ ([\d,]+)/m.exec(stderr) ?? [];
  return { left: Number(left), report: readFileSync(json, "utf8") };
}

function expectUndisturbed(report: string): void {
  expect(withoutSeconds(report)).toBe(withoutSeconds(undisturbed));
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await setTimeout(10);
}

/** The engine's process id, once it runs. Linux only. */
async function engineOf(scanning: RunningTwinlens): Promise<number> {
  await until(() => childrenOf(scanning.pid).length > 0 || !lives(scanning.pid));
  return childrenOf(scanning.pid)[0] ?? -1;
}

describe.runIf(process.platform === "linux")("Ctrl-C", () => {
  test.each([
    ["on the command alone", (pid: number) => process.kill(pid, "SIGINT")],
    [
      "sent to command and engine, as a terminal does",
      (pid: number) => process.kill(-pid, "SIGINT"),
    ],
  ])(
    "ends a scan in one line with exit code 130, and the next scan continues from there (%s)",
    async (_name, interrupt) => {
      const project = join(freshFolder(), "p.twinlens");
      const scanning = scanInto(project);
      await scanning.told(/^The model runs on cpu/m);
      const engine = await engineOf(scanning);
      await setTimeout(50);
      interrupt(scanning.pid);
      const { code, signal, stdout, stderr } = await scanning.outcome;
      expect({ code, signal, stdout: String(stdout) }).toEqual({
        code: 130,
        signal: null,
        stdout: "",
      });
      // The last line is the only one that is not progress. No library prints anything as it exits.
      const lines = stderr.trimEnd().split("\n");
      expect(lines.at(-1)).toBe(
        "Cancelled. Progress is saved. Run the same command again to continue.",
      );
      for (const line of lines.slice(0, -1))
        expect(line).toMatch(/^(Finding|Reading|Explaining|The model) /);
      expect(lives(engine)).toBe(false);

      const { left, report } = await goOn(project);
      expect(left).toBeGreaterThan(0);
      expect(left).toBeLessThan(DEMO_SIZE.distinct + DEMO_SIZE.pairs);
      expectUndisturbed(report);
    },
  );

  test("and SIGTERM have the same effect", async () => {
    const scanning = scanInto(join(freshFolder(), "p.twinlens"));
    await scanning.told(/^Reading files/m);
    process.kill(scanning.pid, "SIGTERM");
    expect(await scanning.outcome).toMatchObject({
      code: 130,
      stderr: expect.stringMatching(/^Cancelled\. Progress is saved/m),
    });
  });
});

describe.runIf(process.platform === "linux")("an engine", () => {
  test("that dies ends its command in one line with exit code 1", async () => {
    const scanning = scanInto(join(freshFolder(), "p.twinlens"));
    await scanning.told(/^Reading files/m);
    process.kill(await engineOf(scanning), "SIGKILL");
    const { code, stderr } = await scanning.outcome;
    expect(code).toBe(1);
    expect(stderr.trimEnd().split("\n").at(-1)).toBe(
      "twinlens: The engine crashed (SIGKILL). Progress is saved. Run the same command again to continue.",
    );
  });

  test("whose command was killed exits by itself and unlocks its project", async () => {
    const project = join(freshFolder(), "p.twinlens");
    const scanning = scanInto(project);
    await scanning.told(/^Reading files/m);
    const engine = await engineOf(scanning);
    process.kill(scanning.pid, "SIGKILL");
    await scanning.outcome;
    await until(() => !lives(engine));
    expectUndisturbed((await goOn(project)).report);
  });
});

test.runIf(process.platform === "linux")(
  "a scan killed at 20 random points ends with the same report as one that was not interrupted",
  async () => {
    const random = seededRandom(20);
    const project = join(freshFolder(), "p.twinlens");
    let killed = 0;
    let rounds = 0;
    let isNew = true;
    while (killed < 20) {
      expect(rounds++).toBeLessThan(100);
      // Start over halfway, to also interrupt the creation of a project, and after a fast machine finished early.
      if (isNew)
        for (const end of ["", "-wal", "-shm", "-journal"]) rmSync(project + end, { force: true });
      const scanning = scanInto(project);
      // The last run of each project is killed during the neighbors and evidence stages. Of the others, a third is killed
      // anywhere, even before the scan begins, and two thirds while images are read.
      const isLate = killed % 10 >= 7;
      if (isLate) await scanning.told(/^Finding neighbors/m);
      else if (random.chance(0.67)) await scanning.told(/^Finding files/m);
      await setTimeout(random.between(0, isLate ? 100 : 500));
      const victim = random.chance(0.5) ? scanning.pid : await engineOf(scanning);
      const isKilled = victim > 0 && lives(victim);
      if (isKilled) {
        process.kill(victim, "SIGKILL");
        killed++;
      }
      isNew = !isKilled || killed === 10;
      await scanning.outcome;
    }
    expectUndisturbed((await goOn(project)).report);
  },
);

describe("a project that is being scanned", () => {
  test.runIf(process.platform === "linux")(
    "refuses a second scan in one line with exit code 1, and the first scan continues",
    async () => {
      const project = join(freshFolder(), "p.twinlens");
      const first = scanInto(project);
      await first.told(/^Finding files/m);
      const engine = await engineOf(first);
      process.kill(engine, "SIGSTOP");
      try {
        const second = await run(["scan", root, "--project", project]);
        expect(second).toMatchObject({ code: 1, stdout: "" });
        expect(second.stderr).toMatch(
          /^twinlens: The project [^\n]*p\.twinlens is busy: another process is scanning it [^\n]+\n$/,
        );
      } finally {
        process.kill(engine, "SIGCONT");
      }
      expect(await first.outcome).toMatchObject({ code: 0 });
      expectUndisturbed((await run(["report", project, "--json", "-"])).stdout);
    },
  );

  test("can be copied while the scan is paused", async () => {
    const [project, copy] = [join(freshFolder(), "p.twinlens"), join(freshFolder(), "q.twinlens")];
    await run(["scan", root, "--quiet", "--device", "cpu", "--project", project]);
    copyFileSync(project, copy);
    expectUndisturbed((await run(["report", copy, "--json", "-"])).stdout);
  });
});

test("the program exits cleanly when its reader closes the pipe", async () => {
  const project = join(freshFolder(), "p.twinlens");
  await run(["scan", root, "--quiet", "--project", project]);
  const words = ["report", project, "--threshold", "cosine:-1", "--quiet", "--json", "-"];
  const reporting = startTwinlens(words);
  reporting.process.stdout?.destroy();
  const { stderr } = await reporting.outcome;
  expect(stderr).not.toMatch(/^\s+at /m);
  expect(stderr.trimEnd()).not.toContain("\n");
});

import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { folderOf, picture, pictures } from "../support/drawn-data-set.ts";
import { freshFolder } from "../support/fresh-folder.ts";
import { markedBlock } from "../support/marked-block.ts";
import { run } from "../support/run-in-process.ts";
import { runningEngine } from "../support/running-engine.ts";

const PROGRAM = "node twinlens/bin/twinlens.js ";

/** The workflow's commands, in order, without the program's name. */
const commands = markedBlock("docs/ci.md", "workflow")
  .split("\n")
  .flatMap((line) => line.split(`run: ${PROGRAM}`)[1] ?? [])
  .map((words) => words.split(" "));

let folder: string;
let dataFolder: string;

beforeAll(async () => {
  folder = await folderOf({
    ...pictures("data/train/cat", 3),
    ...pictures("data/test/cat", 3, 20),
    "data/test/cat/leak.jpg": await picture(1).resize(120, 90).jpeg({ quality: 90 }).toBuffer(),
  });
  dataFolder = freshFolder();
});

/** A command from the workflow, run in the repository's checkout. */
const step = (words: readonly string[]) =>
  run(
    words.map((word) => (/^(data\/|leaks\.)/.test(word) ? join(folder, word) : word)),
    { dataFolder },
  );

describe("the workflow for GitHub Actions", () => {
  test("has separate steps for the scan, the decisions and the gate", () => {
    expect(commands.map(([name]) => name)).toEqual(["scan", "decisions", "report"]);
  });

  test("fails on a leak, and passes once it is marked as not a duplicate", async () => {
    const [scan = [], decisions = [], report = []] = commands;
    expect(await step(scan)).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(await step(report)).toMatchObject({
      code: 3,
      stderr: "twinlens: 25 % of test also appears in train; the limit is 0 %.\n",
    });
    for (const file of ["leaks.html", "leaks.json"])
      expect(existsSync(join(folder, file))).toBe(true);

    // Someone marks the pair as not duplicates on another machine.
    const project = join(folder, "leaks.twinlens");
    const engine = runningEngine();
    const { rows } = await engine.review.clusters({ project, offset: 0, limit: 1 });
    const image = rows[0]?.anchor ?? 0;
    const decision = { type: "clusterNotDuplicates", of: { project, image } } as const;
    await engine.decisions.decide({ project, decision });
    mkdirSync(join(folder, "data"), { recursive: true });
    await engine.decisions.export({ project, out: join(folder, "data/decisions.json") });
    await engine.decisions.undo({ project });

    expect(await step(report)).toMatchObject({ code: 3 });
    expect(await step(decisions)).toMatchObject({ code: 0 });
    expect(await step(report)).toMatchObject({ code: 0, stderr: "" });
    const leaks = JSON.parse(readFileSync(join(folder, "leaks.json"), "utf8")).leaks;
    expect(leaks[0].images + leaks[1].images).toBe(0);
  });
});

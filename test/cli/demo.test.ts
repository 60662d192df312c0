import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Report } from "../../src-main/contract/report.ts";
import { folderOf } from "../support/drawn-data-set.ts";
import { freshFolder } from "../support/fresh-folder.ts";
import { readCsv } from "../support/read-csv.ts";
import { runTwinlens } from "../support/run-twinlens.ts";

describe("demo", () => {
  test("keeps its data set and project with --out, and finds the planted duplicates", async () => {
    const out = join(freshFolder(), "demo");
    const { code, stdout, stderr } = await runTwinlens(["demo", "--out", out, "--json", "-"]);
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: expect.stringMatching(/^Drew 1\d\d images with \d+ known pairs in /),
    });
    const report = Report.parse(JSON.parse(stdout.toString()));
    expect(report.model.auto?.confidence).toBe(0.9);
    expect(stderr).toMatch(
      /^Threshold confidence 0\.90 \(calibrated at precision [\d.]+.%, recall [\d.]+.%\)\.$/m,
    );
    expect(report.splits.map(({ name, root }) => [name, root])).toEqual(
      ["train", "test", "val"].map((name) => [name, join(out, name)]),
    );
    expect(existsSync(join(out, "demo.twinlens"))).toBe(true);

    const [, ...planted] = readCsv(readFileSync(join(out, "known-duplicates.csv"), "utf8"));
    const clusterOf = new Map<string, number>();
    for (const { id, images } of report.clusters)
      for (const image of report.images.filter((candidate) => images.includes(candidate.id)))
        clusterOf.set(`${image.split}/${image.path}`, id);
    const isFound = ([a = "", b = ""]: string[]) =>
      clusterOf.has(a) && clusterOf.get(a) === clusterOf.get(b);
    const copies = planted.filter(([, , kind]) => kind?.startsWith("same-"));
    expect(copies.length).toBeGreaterThanOrEqual(5);
    expect(copies.filter((pair) => !isFound(pair))).toEqual([]);
    const leaks = report.leaks.find(({ from, into }) => from === "test" && into === "train");
    expect(leaks?.images).toBeGreaterThan(0);

    const again = await runTwinlens(["report", join(out, "demo.twinlens"), "--quiet"]);
    expect(again).toMatchObject({ code: 0, stderr: "" });
  });

  test("writes nothing into a folder that is not empty", async () => {
    const out = await folderOf({ "thesis.txt": "irreplaceable" });
    const { code, stdout, stderr } = await runTwinlens(["demo", "--out", out]);
    expect(code).toBe(1);
    expect(stdout).toHaveLength(0);
    expect(stderr).toMatch(
      /^twinlens: Cannot write a demo into [^\n]+: it is not empty\.[^\n]+\n$/,
    );
    expect(readdirSync(out)).toEqual(["thesis.txt"]);
  });
});

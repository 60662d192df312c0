import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import type { ReportImage } from "../../../../src-main/contract/report.ts";
import { keepList, pathLine, removeList } from "../../../../src-main/engine/output/report/lists.ts";
import { HOSTILE_NAMES, sampleImage, sampleReport } from "../../../support/sample-report.ts";

describe("the keep and remove lists", () => {
  const clustered = [sampleImage(1), sampleImage(2), sampleImage(3, { split: "test" })];
  const alone = sampleImage(9, { path: "dog/9.jpg" });
  const report = sampleReport([clustered]);
  const all: ReportImage[] = [...clustered, alone];

  test("have absolute paths and together list every image once", () => {
    const removes = [...removeList(report, all, new Set([1, 2]))];
    const keeps = [...keepList(report, all, new Set([1, 2]))];
    expect(removes).toEqual(["/data/pets/train/cat/1.jpg\n", "/data/pets/train/cat/2.jpg\n"]);
    expect(keeps).toEqual(["/data/pets/test/cat/3.jpg\n", "/data/pets/train/dog/9.jpg\n"]);
  });

  test("refuse an image in a split that the report does not list", () => {
    const stray = sampleImage(8, { split: "nowhere" });
    expect(() => [...keepList(report, [stray], new Set())]).toThrow('"nowhere"');
  });

  test("have every hostile path on one line that reads back as that path", () => {
    const paths = [...HOSTILE_NAMES.map((name) => resolve("/data", name)), '"quoted', "/a/b "];
    const lines = paths.map(pathLine);
    for (const line of lines) expect(line).toMatch(/^[^\r\n]+\n$/);
    const read = lines.map((line) => {
      const text = line.slice(0, -1);
      return text.startsWith('"') ? JSON.parse(text) : text;
    });
    expect(read).toEqual(paths);
  });
});

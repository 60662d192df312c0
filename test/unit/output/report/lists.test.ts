import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { DEFAULT_RULES } from "../../../../src-main/contract/keeper.ts";
import type { Report, ReportImage } from "../../../../src-main/contract/report.ts";
import {
  imagesToRemove,
  keepList,
  pathLine,
  type RemovalRule,
  removeList,
} from "../../../../src-main/engine/output/report/lists.ts";
import {
  HOSTILE_NAMES,
  sampleCluster,
  sampleImage,
  sampleReport,
} from "../../../support/sample-report.ts";

const ruleFor = ({ images }: Report, other: Partial<RemovalRule> = {}): RemovalRule => ({
  modelOutput: "embedding",
  rules: DEFAULT_RULES,
  candidateOf(id) {
    const found = images.find((image) => image.id === id);
    if (!found) throw new Error(`There is no image ${id}`);
    return found;
  },
  ...other,
});
const removed = (report: Report, other?: Partial<RemovalRule>) =>
  [...imagesToRemove(report, ruleFor(report, other))].sort((a, b) => a - b);
const split = (name: string) => ({
  name,
  root: `/data/${name}`,
  images: 10,
  unreadable: 0,
  otherNames: 0,
});

describe("the images to remove", () => {
  const leak = [
    sampleImage(1),
    sampleImage(2, { width: 4000 }),
    sampleImage(3, { split: "test" }),
    sampleImage(4, { split: "test" }),
  ];

  test("fixes a leak by removing all training images, and never a test image", () => {
    expect(removed(sampleReport([leak]))).toEqual([1, 2]);
  });

  test("keeps, within train, the image with most pixels, then most bytes, then the lowest id", () => {
    const pixels = [sampleImage(1), sampleImage(2, { width: 641 })];
    const bytes = [sampleImage(3, { bytes: 10 }), sampleImage(4, { bytes: 11 })];
    const ids = [sampleImage(6, { bytes: 10 }), sampleImage(5, { bytes: 10 })];
    expect(removed(sampleReport([pixels, bytes, ids]))).toEqual([1, 3, 6]);
  });

  test("does not remove duplicates within test", () => {
    const withinTest = [sampleImage(1, { split: "test" }), sampleImage(2, { split: "test" })];
    expect(removed(sampleReport([withinTest]))).toEqual([]);
  });

  test("is empty when the training split is protected", () => {
    const protectedSplits = new Set(["train"]);
    expect(removed(sampleReport([leak]), { protectedSplits })).toEqual([]);
  });

  test("treats the first split as train if none has that name", () => {
    const images = [sampleImage(1, { split: "old" }), sampleImage(2, { split: "new" })];
    expect(removed(sampleReport([images], { splits: [split("new"), split("old")] }))).toEqual([2]);
  });

  test("follows the given rules", () => {
    const rules = { ...DEFAULT_RULES, from: "others" as const };
    expect(removed(sampleReport([leak]), { rules })).toEqual([3, 4]);
  });

  test("counts only the clusters of the rule's model output", () => {
    const clusters = [sampleCluster(1, leak, { response: "other" })];
    expect(removed(sampleReport([leak], { clusters }))).toEqual([]);
  });
});

describe("the keep and remove lists", () => {
  const clustered = [sampleImage(1), sampleImage(2), sampleImage(3, { split: "test" })];
  const alone = sampleImage(9, { path: "dog/9.jpg" });
  const report = sampleReport([clustered]);
  const all: ReportImage[] = [...clustered, alone];

  test("have absolute paths and together list every image once", () => {
    const removes = [...removeList(report, ruleFor(report))];
    const keeps = [...keepList(report, all, ruleFor(report))];
    expect(removes).toEqual(["/data/pets/train/cat/1.jpg\n", "/data/pets/train/cat/2.jpg\n"]);
    expect(keeps).toEqual(["/data/pets/test/cat/3.jpg\n", "/data/pets/train/dog/9.jpg\n"]);
  });

  test("refuse an image in a split that the report does not list", () => {
    const stray = sampleImage(8, { split: "nowhere" });
    expect(() => [...keepList(report, [stray], ruleFor(report))]).toThrow('"nowhere"');
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

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { drawPixels, PICTURE_HEIGHT, PICTURE_WIDTH } from "../../../src-main/engine/demo/draw.ts";
import { averagePrecision, recallAtPrecision } from "../../bench/evaluate/figures.ts";
import { dHash, pHash, thumbnail } from "../../bench/evaluate/methods.ts";
import { freshFolder } from "../../support/fresh-folder.ts";

const ranked = (text: string) =>
  [...text].map((mark, at) => ({ score: 1 - at / text.length, right: mark === "+" })).reverse();

describe("figures of a ranking", () => {
  test("average precision counts unranked positives as 0", () => {
    expect(averagePrecision(ranked("++-"), 2)).toBe(1);
    expect(averagePrecision(ranked("-+-+"), 2)).toBeCloseTo((1 / 2 + 2 / 4) / 2);
    expect(averagePrecision(ranked("+-"), 4)).toBe(1 / 4);
    expect(averagePrecision([], 0)).toBe(0);
  });

  test("recall at a precision is the highest recall with that precision", () => {
    expect(recallAtPrecision(ranked("++-++-"), 4, 0.8)).toBe(1);
    expect(recallAtPrecision(ranked("++--++"), 4, 0.9)).toBe(0.5);
    expect(recallAtPrecision(ranked("-+"), 1, 0.9)).toBe(0);
  });
});

describe("the simple methods", () => {
  test("find an image that was scaled down and encoded again", async () => {
    const root = freshFolder();
    const [queries, gallery] = [join(root, "queries"), join(root, "gallery")];
    for (const folder of [queries, gallery]) mkdirSync(folder);
    const raw = { width: PICTURE_WIDTH, height: PICTURE_HEIGHT, channels: 3 } as const;
    for (const seed of [1, 2, 3, 4]) {
      const pixels = await drawPixels({ subject: "city", seed });
      await sharp(pixels, { raw })
        .png()
        .toFile(join(gallery, `${seed}.png`));
      await sharp(pixels, { raw })
        .resize(90)
        .jpeg({ quality: 70 })
        .toFile(join(queries, `${seed}.jpg`));
    }
    for (const method of [dHash, pHash, thumbnail]) {
      const [matches] = await method.find({ queries, gallery });
      expect(matches?.size).toBe(4);
      for (const [query, [best]] of matches ?? []) {
        expect(best?.path).toBe(query.replace("jpg", "png"));
        expect(best?.score).toBeGreaterThan(0.5);
      }
    }
  });
});

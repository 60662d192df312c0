import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { editedCopy } from "../../../src-main/engine/calibrate/edited-copies.ts";
import { seededRandom } from "../../../src-main/engine/demo/seeded-random.ts";

const drawn = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: "#c84" } })
    .png()
    .toBuffer();

describe("an edited copy", () => {
  test.each([
    [48, 32],
    [300, 20],
    [3, 3],
    [1, 1],
  ])("of a %i x %i image contains nothing from outside the image", async (width, height) => {
    const original = await drawn(width, height);
    const random = seededRandom(width);
    for (let copy = 0; copy < 60; copy++) {
      const { data, info } = await sharp(await editedCopy(original, random))
        .removeAlpha()
        .raw()
        .toBuffer({ resolveWithObject: true });
      expect(info.width * info.height).toBeGreaterThan(0);
      // No corner is empty.
      expect(Math.max(...data.subarray(0, info.channels))).toBeGreaterThan(40);
    }
  });

  test("is the same for the same image and random numbers", async () => {
    const original = await drawn(40, 30);
    const copies = await Promise.all(
      [1, 1].map((seed) => editedCopy(original, seededRandom(seed))),
    );
    expect(copies[0]).toEqual(copies[1]);
  });
});

import sharp from "sharp";
import { expect, test } from "vitest";
import { exifBlock } from "../../../../src-main/engine/scan/decode/exif-block.ts";
import { exifEntries } from "../../../../src-main/engine/scan/decode/exif-entries.ts";

const gray = () =>
  sharp({ create: { width: 8, height: 8, channels: 3, background: { r: 90, g: 90, b: 90 } } });

test.each(["jpeg", "png", "webp", "avif"] as const)(
  "the entries of a %s are those that were written into it",
  async (format) => {
    const bytes = await gray()
      .withExif({ IFD0: { Make: "Maker", Copyright: "nobody" } })
      .toFormat(format)
      .toBuffer();
    const block = await exifBlock(bytes, format);
    const entries = exifEntries(block ?? Buffer.alloc(0));
    expect(entries).toContainEqual({ name: "Make", value: "Maker" });
    const { exif } = await sharp(bytes).metadata();
    expect(entries).toEqual(exifEntries(exif ?? Buffer.alloc(0)));
  },
);

test.each(["jpeg", "png", "webp"] as const)("a %s without any has none", async (format) => {
  expect(await exifBlock(await gray().toFormat(format).toBuffer(), format)).toBeNull();
});

test("what only looks like a block, or is cut off, is none that could be read", async () => {
  const text = Buffer.from("\xff\xd8 Exif\0\0 eXIf", "latin1");
  expect(await exifBlock(text, "jpeg")).toBeNull();
  const cut = await exifBlock(Buffer.from("\0\0\0\x10eXIfII", "latin1"), "png");
  expect(exifEntries(cut ?? Buffer.alloc(0))).toEqual([]);
  expect(await exifBlock(text, "webp")).toBeNull();
});

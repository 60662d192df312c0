import fc from "fast-check";
import sharp from "sharp";
import { expect, test } from "vitest";
import { exifBlock, exifEntries } from "../../../../src-main/engine/scan/decode/exif.ts";

const gray = () =>
  sharp({ create: { width: 8, height: 8, channels: 3, background: { r: 90, g: 90, b: 90 } } });

test.each(["jpeg", "png", "webp", "avif"] as const)(
  "EXIF written into a %s file is read back",
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

test.each(["jpeg", "png", "webp"] as const)(
  "a %s file without EXIF has no EXIF block",
  async (format) => {
    expect(await exifBlock(await gray().toFormat(format).toBuffer(), format)).toBeNull();
  },
);

test("a truncated block, or text that looks like one, has no entries", async () => {
  const text = Buffer.from("\xff\xd8 Exif\0\0 eXIf", "latin1");
  expect(await exifBlock(text, "jpeg")).toBeNull();
  const cut = await exifBlock(Buffer.from("\0\0\0\x10eXIfII", "latin1"), "png");
  expect(exifEntries(cut ?? Buffer.alloc(0))).toEqual([]);
  expect(await exifBlock(text, "webp")).toBeNull();
});

/** A little-endian EXIF directory. Each tag is `[tag, type, count, value or offset]`. */
function block(...tags: readonly (readonly [number, number, number, number])[]): Buffer {
  const bytes = Buffer.alloc(8 + 2 + 12 * tags.length + 4);
  bytes.write("II*\0", "latin1");
  bytes.writeUInt32LE(8, 4);
  bytes.writeUInt16LE(tags.length, 8);
  tags.forEach(([tag, type, count, value], i) => {
    const at = 10 + 12 * i;
    bytes.writeUInt16LE(tag, at);
    bytes.writeUInt16LE(type, at + 2);
    bytes.writeUInt32LE(count, at + 4);
    bytes.writeUInt32LE(value, at + 8);
  });
  return bytes;
}

test("entries are few, short, and printable for any input bytes", () => {
  const begins = fc.constantFrom("II*\0\b\0\0\0", "MM\0*\0\0\0\b", "Exif\0\0II*\0\b\0\0\0", "");
  fc.assert(
    fc.property(begins, fc.uint8Array({ maxLength: 600 }), (begin, rest) => {
      const entries = exifEntries(Buffer.concat([Buffer.from(begin, "latin1"), rest]));
      expect(entries.length).toBeLessThanOrEqual(60);
      for (const { name, value } of entries) {
        expect(name).not.toBe("");
        expect(value.length).toBeLessThanOrEqual(200);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: matches control characters that must not appear
        expect(value).not.toMatch(/[\u0000-\u001f]/);
      }
    }),
    { numRuns: 1000 },
  );
});

test("thousands of entries that claim gigabytes each are parsed in no time", async () => {
  for (const count of [900, 4000]) {
    const hostile = block(
      ...Array.from({ length: count }, (_, i) => [0x9000 + (i % 500), 1, 0xffffffff, 8] as const),
    );
    const sized = (length: number) => Buffer.from([length >> 8, length & 0xff]);
    const body = Buffer.concat([Buffer.from("Exif\0\0", "latin1"), hostile]);
    const jpeg = Buffer.concat([Buffer.from("ffd8ffe1", "hex"), sized(body.length + 2), body]);
    const png = Buffer.concat([Buffer.alloc(4), Buffer.from("eXIf"), hostile]);
    png.writeUInt32BE(hostile.length, 0);
    const started = performance.now();
    for (const [bytes, format] of [
      [jpeg, "jpeg"],
      [png, "png"],
    ] as const)
      expect(exifEntries((await exifBlock(bytes, format)) ?? Buffer.alloc(0))).toEqual([]);
    expect(performance.now() - started).toBeLessThan(500);
  }
});

test("a directory that points to itself, points past the end, or claims billions of values is parsed quickly", () => {
  const started = performance.now();
  const manyNumbers = block([0x0100, 3, 0xffffffff, 0], [0x0101, 4, 0x7fffffff, 8]);
  expect(exifEntries(manyNumbers)).toEqual([]);
  expect(exifEntries(block([0x8769, 4, 1, 8], [0x0112, 3, 1, 6]))).toContainEqual({
    name: "Orientation",
    value: "6",
  });
  expect(exifEntries(block([0x8769, 4, 1, 0xfffffff0]))).toEqual([]);
  expect(performance.now() - started).toBeLessThan(500);
});

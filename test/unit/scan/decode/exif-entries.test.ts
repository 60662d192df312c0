import fc from "fast-check";
import { expect, test } from "vitest";
import { exifEntries } from "../../../../src-main/engine/scan/decode/exif-entries.ts";

/** One directory of little-endian EXIF: tag, type, count, value or offset each. */
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

test("whatever the bytes, entries are few, short and printable", () => {
  const begins = fc.constantFrom("II*\0\b\0\0\0", "MM\0*\0\0\0\b", "Exif\0\0II*\0\b\0\0\0", "");
  fc.assert(
    fc.property(begins, fc.uint8Array({ maxLength: 600 }), (begin, rest) => {
      const entries = exifEntries(Buffer.concat([Buffer.from(begin, "latin1"), rest]));
      expect(entries.length).toBeLessThanOrEqual(60);
      for (const { name, value } of entries) {
        expect(name).not.toBe("");
        expect(value.length).toBeLessThanOrEqual(200);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: none of them may be there
        expect(value).not.toMatch(/[\u0000-\u001f]/);
      }
    }),
    { numRuns: 1000 },
  );
});

test("a directory that points to itself, beyond the end or asks for billions of values ends at once", () => {
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

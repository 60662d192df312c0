/** Larger blocks are not parsed; a JPEG's has at most 64 KB. */
const MOST_BYTES = 1024 * 1024;
const MOST_ENTRIES = 1000;
/** Values of all entries together, in bytes. */
const MOST_VALUE_BYTES = 4 * MOST_BYTES;
/** Tags whose value is the offset of another directory: EXIF, GPS, interoperability. */
const DIRECTORY_TAGS = new Set([0x8769, 0x8825, 0xa005]);
/** Bytes per value, by type (TIFF 6.0, section 2). */
const TYPE_BYTES = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8];
const ENTRY_BYTES = 12;

/**
 * A copy of an EXIF block that is cheap to parse: entries whose values do not fit into it, or that are too many, are emptied.
 * @returns `null` if it is not an EXIF block, or too large
 */
export function boundedExif(block: Buffer): Buffer | null {
  if (block.length > MOST_BYTES) return null;
  const start = block.toString("latin1", 0, 6) === "Exif\0\0" ? 6 : 0;
  const isLittle = block.toString("latin1", start, start + 2) === "II";
  if (!isLittle && block.toString("latin1", start, start + 2) !== "MM") return null;
  const copy = Buffer.from(block);
  const read = (at: number, size: 2 | 4) =>
    isLittle ? copy.readUIntLE(start + at, size) : copy.readUIntBE(start + at, size);
  const size = block.length - start;
  if (size < 8) return null;
  const waiting = [read(4, 4)];
  const seen = new Set<number>();
  let [entries, valueBytes] = [0, 0];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    // 0 ends the list of directories.
    if (at === 0 || seen.has(at) || at + 2 > size) continue;
    seen.add(at);
    const count = read(at, 2);
    const end = at + 2 + count * ENTRY_BYTES;
    entries += count;
    if (end > size || entries > MOST_ENTRIES) return null;
    for (let entry = at + 2; entry < end; entry += ENTRY_BYTES) {
      const bytes = (TYPE_BYTES[read(entry + 2, 2)] ?? 0) * read(entry + 4, 4);
      const value = read(entry + 8, 4);
      const fits = bytes > 0 && (bytes <= 4 || value + bytes <= size);
      valueBytes += fits ? bytes : 0;
      if (!fits || valueBytes > MOST_VALUE_BYTES) {
        copy.fill(0, start + entry + 4, start + entry + ENTRY_BYTES);
      } else if (DIRECTORY_TAGS.has(read(entry, 2))) waiting.push(value);
    }
    if (end + 4 <= size) waiting.push(read(end, 4));
  }
  return copy;
}

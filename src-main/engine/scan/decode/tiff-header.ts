import { UnreadableImageError } from "./unreadable-image-error.ts";

/** The first directory of a TIFF. */
interface Directory {
  /** The values of a tag as numbers; empty if it is missing, infinite if they are beyond the end of the file. */
  readonly values: (tag: number) => number[];
}

const Tag = {
  bitsPerSample: 258,
  photometric: 262,
  stripOffsets: 273,
  stripByteCounts: 279,
  tileOffsets: 324,
  tileByteCounts: 325,
} as const;

/** Bytes per value of the unsigned integer types: byte, short, long, and BigTIFF's long8. */
const INTEGER_BYTES: Readonly<Record<number, number>> = { 1: 1, 3: 2, 4: 4, 16: 8 };
/** More values than this are not read: no image has so many strips. */
const MOST_VALUES = 1_000_000;

const CIELAB = 8;
const ICCLAB = 9;

/** The L*a*b* encoding of a TIFF, and its bits per channel; `null` for other colors. */
function tiffLab(bytes: Buffer): { kind: "cielab" | "icclab"; bits: number } | null {
  const directory = firstDirectory(bytes);
  const [photometric] = directory?.values(Tag.photometric) ?? [];
  if (photometric !== CIELAB && photometric !== ICCLAB) return null;
  const [bits = 1] = directory?.values(Tag.bitsPerSample) ?? [];
  return { kind: photometric === CIELAB ? "cielab" : "icclab", bits };
}

/**
 * Whether a TIFF has 8-bit L*a*b* colors, which libvips does not read.
 * @throws UnreadableImageError for ICC's encoding of them
 */
export function isLab8(bytes: Buffer): boolean {
  const lab = tiffLab(bytes);
  if (lab?.kind === "icclab")
    throw new UnreadableImageError("unsupported-format", "TIFF with ICC L*a*b* colors");
  return lab?.bits === 8;
}

/** Where the first image's strips or tiles end; infinite if the directory itself is beyond the end of the file. */
export function tiffStripsEnd(bytes: Buffer): number {
  const directory = firstDirectory(bytes);
  if (!directory) return Number.POSITIVE_INFINITY;
  let end = 0;
  for (const [offsetTag, countTag] of [
    [Tag.stripOffsets, Tag.stripByteCounts],
    [Tag.tileOffsets, Tag.tileByteCounts],
  ] as const) {
    const counts = directory.values(countTag);
    directory.values(offsetTag).forEach((offset, at) => {
      end = Math.max(end, offset + (counts[at] ?? 0));
    });
  }
  return end;
}

/** `null` if the file ends before or within the directory. */
function firstDirectory(bytes: Buffer): Directory | null {
  const isLittle = bytes[0] === 0x49;
  const isBig = bytes[isLittle ? 2 : 3] === 43;
  const read = (at: number, size: number): number => {
    if (at + size > bytes.length) throw new RangeError("beyond the end of the file");
    if (size === 8) return Number(isLittle ? bytes.readBigUInt64LE(at) : bytes.readBigUInt64BE(at));
    return isLittle ? bytes.readUIntLE(at, size) : bytes.readUIntBE(at, size);
  };
  const [countBytes, entryBytes, wordBytes] = isBig ? [8, 20, 8] : [2, 12, 4];
  try {
    const start = read(isBig ? 8 : 4, wordBytes);
    const count = read(start, countBytes);
    read(start + countBytes + count * entryBytes - 1, 1);
    return {
      values(tag) {
        for (let entry = 0; entry < count; entry++) {
          const at = start + countBytes + entry * entryBytes;
          if (read(at, 2) !== tag) continue;
          const size = INTEGER_BYTES[read(at + 2, 2)];
          const length = read(at + 4, wordBytes);
          if (size === undefined || length > MOST_VALUES) return [];
          const inline = at + 4 + wordBytes;
          const from = size * length <= wordBytes ? inline : read(inline, wordBytes);
          if (from + size * length > bytes.length) return [Number.POSITIVE_INFINITY];
          return Array.from({ length }, (_, i) => read(from + i * size, size));
        }
        return [];
      },
    };
  } catch (cause) {
    if (cause instanceof RangeError) return null;
    throw cause;
  }
}

import readExif from "exif-reader";
import sharp from "sharp";
import { boundedExif } from "./exif-bounds.ts";
import type { ImageFormat } from "./sniff.ts";

export interface ExifEntry {
  readonly name: string;
  readonly value: string;
}

const MAX_ENTRIES = 60;
const MAX_VALUE_LENGTH = 200;
/** Longer arrays are lookup tables that nobody reads. */
const MAX_NUMBERS = 16;
const SIGNIFICANT_DIGITS = 6;

/** EXIF groups in display order. `Thumbnail` is left out because it describes the embedded preview. */
const GROUPS = ["Image", "Photo", "GPSInfo"] as const;
/** Byte offsets within the block. */
const POINTERS = new Set(["ExifTag", "GPSTag", "InteroperabilityTag"]);

/**
 * Finds a file's EXIF block, which starts at `Exif` or at the byte order mark. JPEG and PNG are parsed here because sharp
 * takes a tenth of a photo's decoding time to open them.
 * @returns `null` when the file has no EXIF block or it cannot be found
 */
export async function exifBlock(bytes: Buffer, format: ImageFormat): Promise<Buffer | null> {
  if (format === "jpeg") return jpegBlock(bytes);
  if (format === "png") return pngBlock(bytes);
  try {
    const { exif } = await sharp(bytes, { limitInputPixels: false }).metadata();
    return exif ?? null;
  } catch {
    return null;
  }
}

/** APP1 segment: marker, length including its own two bytes, block. */
function jpegBlock(bytes: Buffer): Buffer | null {
  const at = bytes.indexOf("Exif\0\0");
  if (at < 4 || bytes.readUInt16BE(at - 4) !== 0xffe1) return null;
  return bytes.subarray(at, at - 2 + bytes.readUInt16BE(at - 2));
}

/** PNG chunk: length of the block, chunk name, block. */
function pngBlock(bytes: Buffer): Buffer | null {
  const at = bytes.indexOf("eXIf");
  if (at < 4) return null;
  return bytes.subarray(at + 4, at + 4 + bytes.readUInt32BE(at - 4));
}

/**
 * The readable entries of an EXIF block, sorted by group and name. Binary, long, and unnamed entries are left out; a block
 * that cannot be parsed has no entries.
 * @param block as returned by {@link exifBlock}
 */
export function exifEntries(block: Buffer): ExifEntry[] {
  let exif: Partial<Record<string, unknown>>;
  try {
    const bounded = boundedExif(block);
    if (!bounded) return [];
    exif = { ...readExif(bounded) };
  } catch {
    return [];
  }
  const entries: ExifEntry[] = [];
  for (const group of GROUPS) {
    const tags = exif[group];
    if (typeof tags !== "object" || tags === null) continue;
    const named = Object.entries(tags)
      .filter(([name]) => !/^\d+$/.test(name) && !POINTERS.has(name))
      .sort(([a], [b]) => (a < b ? -1 : 1));
    for (const [name, raw] of named) {
      const value = displayText(raw);
      if (value !== null && entries.length < MAX_ENTRIES) entries.push({ name, value });
    }
  }
  return entries;
}

function displayText(value: unknown): string | null {
  const text = plainText(value)?.trim();
  return text !== undefined && text !== "" && text.length <= MAX_VALUE_LENGTH ? text : null;
}

function plainText(value: unknown): string | null {
  if (typeof value === "string") return withoutControls(value);
  if (typeof value === "number") {
    return Number.isFinite(value) ? String(Number(value.toPrecision(SIGNIFICANT_DIGITS))) : null;
  }
  if (value instanceof Date) {
    return Number.isNaN(value.getTime())
      ? null
      : value
          .toISOString()
          .replace("T", " ")
          .replace(/\.\d+Z$/, "");
  }
  if (Buffer.isBuffer(value)) return textFromBytes(value);
  if (!Array.isArray(value) || value.length > MAX_NUMBERS) return null;
  const parts = value.map((part: unknown) => (typeof part === "number" ? plainText(part) : null));
  return parts.includes(null) ? null : parts.join(", ");
}

/** The parser returns text of unknown encoding as bytes. `null` when the bytes are not UTF-8 text. */
function textFromBytes(bytes: Buffer): string | null {
  if (bytes.length > MAX_VALUE_LENGTH) return null;
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes).replace(/\0+$/, "");
    return CONTROLS.test(text) ? null : text;
  } catch {
    return null;
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern matches control characters
const CONTROLS = /[\u0000-\u001f\u007f-\u009f]/;

function withoutControls(text: string): string {
  return text.replaceAll(new RegExp(CONTROLS, "g"), " ");
}

import readExif from "exif-reader";

export interface ExifEntry {
  readonly name: string;
  readonly value: string;
}

const MOST_ENTRIES = 60;
const LONGEST_VALUE = 200;
/** Longer lists of numbers are tables, not something to read. */
const MOST_NUMBERS = 16;
const SIGNIFICANT_DIGITS = 6;

/** Groups of EXIF in the order shown; `Thumbnail` describes another picture. */
const GROUPS = ["Image", "Photo", "GPSInfo"] as const;
/** Offsets within the block: nothing to a person. */
const POINTERS = new Set(["ExifTag", "GPSTag", "InteroperabilityTag"]);

/**
 * A block of EXIF as text, in the order of its groups and names. Whatever is binary, long or unnamed is left out; a block that can't be
 * read has no entries.
 * @param block as it stands in the file, from `Exif` or the byte order on.
 */
export function exifEntries(block: Buffer): ExifEntry[] {
  let exif: Partial<Record<string, unknown>>;
  try {
    exif = { ...readExif(block) };
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
      const value = asText(raw);
      if (value !== null && entries.length < MOST_ENTRIES) entries.push({ name, value });
    }
  }
  return entries;
}

function asText(value: unknown): string | null {
  const text = plainText(value)?.trim();
  return text !== undefined && text !== "" && text.length <= LONGEST_VALUE ? text : null;
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
  if (Buffer.isBuffer(value)) return textOfBytes(value);
  if (!Array.isArray(value) || value.length > MOST_NUMBERS) return null;
  const parts = value.map((part: unknown) => (typeof part === "number" ? plainText(part) : null));
  return parts.includes(null) ? null : parts.join(", ");
}

/** Text that the reader took for binary, since it is UTF-8 or of no declared kind; `null` for what is binary indeed. */
function textOfBytes(bytes: Buffer): string | null {
  if (bytes.length > LONGEST_VALUE) return null;
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes).replace(/\0+$/, "");
    return CONTROLS.test(text) ? null : text;
  } catch {
    return null;
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROLS = /[\u0000-\u001f\u007f-\u009f]/;

function withoutControls(text: string): string {
  return text.replaceAll(new RegExp(CONTROLS, "g"), " ");
}

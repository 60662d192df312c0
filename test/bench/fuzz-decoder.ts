// Decodes the images that fuzz-images.ts sends, with everything that the engine does to a file.
import { renderFull } from "../../src-main/engine/review/pictures/render.ts";
import {
  decodeAllPixels,
  decodeImage,
  makeThumbnail,
} from "../../src-main/engine/scan/decode/decode.ts";
import { exifBlock, exifEntries } from "../../src-main/engine/scan/decode/exif.ts";
import { type ImageFormat, sniffFormat } from "../../src-main/engine/scan/decode/sniff.ts";
import { storedDigest } from "../../src-main/engine/scan/decode/stored-digest.ts";

/** What became of a file. */
export interface Reply {
  readonly outcome: "read" | "unreadable" | "not an image";
  /** The error's class; the engine expects only UnreadableImageError. */
  readonly error?: string;
  readonly reason?: string;
}

const INPUT = { width: 112, height: 112, anySize: true };
const THUMBNAIL_SIDE = 160;

/** What the engine does to a file, one after the other. */
const STEPS: Readonly<Record<string, (bytes: Buffer, format: ImageFormat) => Promise<unknown>>> = {
  decode: (bytes) => decodeImage(bytes, INPUT),
  exif: async (bytes, format) => {
    const block = await exifBlock(bytes, format);
    return block && exifEntries(block);
  },
  pixels: (bytes) => decodeAllPixels(bytes),
  digest: (bytes) => storedDigest(bytes),
  thumbnail: (bytes) => makeThumbnail(bytes, THUMBNAIL_SIDE),
  full: (bytes) => renderFull(bytes),
};

/** A step begins. */
export interface Progress {
  readonly step: string;
}

async function decode(bytes: Buffer): Promise<Reply> {
  const format = sniffFormat(bytes);
  if (format === null) return { outcome: "not an image" };
  try {
    for (const [step, work] of Object.entries(STEPS)) {
      process.send?.({ step });
      await work(bytes, format);
    }
    return { outcome: "read" };
  } catch (cause) {
    if (!(cause instanceof Error)) return { outcome: "unreadable", reason: String(cause) };
    return { outcome: "unreadable", error: cause.name, reason: cause.message };
  }
}

process.on("message", (bytes: Uint8Array) => {
  void decode(Buffer.from(bytes)).then((reply) => process.send?.(reply));
});

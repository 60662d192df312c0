import type { ImageFormat } from "./sniff.ts";
import { tiffStripsEnd } from "./tiff-header.ts";

/** Whether a file ends before the image that its header or its container announces. Only for files that do not decode. */
export function endsEarly(bytes: Buffer, format: ImageFormat): boolean {
  switch (format) {
    case "jpeg":
      return jpegEndsEarly(bytes);
    case "png":
      return pngEndsEarly(bytes);
    case "gif":
      return bytes.subarray(-GIF_TAIL_BYTES).lastIndexOf(GIF_TRAILER) < 0;
    case "webp":
      return bytes.length < 12 || bytes.readUInt32LE(4) + 8 > bytes.length;
    case "bmp":
      return bytes.readUInt32LE(2) > bytes.length;
    case "avif":
    case "heic":
      return boxesEndEarly(bytes);
    case "tiff":
      return tiffStripsEnd(bytes) > bytes.length;
    case "pbm":
    case "pgm":
    case "ppm":
      return false; // its reader knows
  }
}

const END_OF_IMAGE = Buffer.from([0xff, 0xd9]);
const START_OF_SCAN = Buffer.from([0xff, 0xda]);

const LEAST_MARKER = 0xc0;

/** Whether the last scan has no end mark, or the file ends before the first scan. */
function jpegEndsEarly(bytes: Buffer): boolean {
  const scan = bytes.lastIndexOf(START_OF_SCAN);
  if (scan >= 0) return bytes.indexOf(END_OF_IMAGE, scan) < 0;
  let at = 2;
  while (at + 4 <= bytes.length) {
    if (bytes[at] !== 0xff || (bytes[at + 1] ?? 0) < LEAST_MARKER) return false; // not a segment: damaged
    at += 2 + bytes.readUInt16BE(at + 2);
  }
  return true;
}

const GIF_TRAILER = 0x3b;
const GIF_TAIL_BYTES = 16;

/** Chunks: length, name, data, checksum. */
function pngEndsEarly(bytes: Buffer): boolean {
  for (let at = 8; at + 8 <= bytes.length; ) {
    const end = at + 12 + bytes.readUInt32BE(at);
    if (end > bytes.length) return true;
    if (bytes.toString("latin1", at + 4, at + 8) === "IEND") return false;
    at = end;
  }
  return true;
}

/** ISO media boxes: length, name. A length of 0 reaches to the end of the file, 1 is followed by a 64-bit length. */
function boxesEndEarly(bytes: Buffer): boolean {
  for (let at = 0; at < bytes.length; ) {
    if (at + 8 > bytes.length) return true;
    let length = bytes.readUInt32BE(at);
    if (length === 0) return false;
    if (length === 1) {
      if (at + 16 > bytes.length) return true;
      length = Number(bytes.readBigUInt64BE(at + 8));
    }
    if (length < 8) return false; // not a box: damaged
    at += length;
    if (at > bytes.length) return true;
  }
  return false;
}

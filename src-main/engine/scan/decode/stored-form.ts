import type { Metadata } from "sharp";
import { hasMoreAfterNetpbm } from "./netpbm.ts";
import { type ImageFormat, isNetpbm } from "./sniff.ts";
import { isLab8 } from "./tiff-header.ts";

/** What a file stores beyond one opaque picture of 8 bits per channel. */
export interface StoredForm {
  readonly alpha: boolean;
  /** Values beyond 8 bits per channel. */
  readonly deep: boolean;
  /** Frames, pages or pictures; at least 1. */
  readonly frames: number;
  /** The decoder cannot read all that the file stores, such as the second picture of a stereo JPEG. */
  readonly partial: boolean;
}

/** The form of nearly all images. */
export const PLAIN_FORM: StoredForm = { alpha: false, deep: false, frames: 1, partial: false };

export function isPlain({ alpha, deep, frames, partial }: StoredForm): boolean {
  return !alpha && !deep && frames === 1 && !partial;
}

/** Reads the form from a file's bytes and what sharp says about it. */
export function storedForm(bytes: Buffer, format: ImageFormat, metadata: Metadata): StoredForm {
  const { hasAlpha, depth, pages, bitsPerSample } = metadata;
  return {
    alpha: hasAlpha === true,
    deep: (depth !== undefined && depth !== "uchar") || (bitsPerSample ?? 8) > 8,
    frames: Math.max(1, pages ?? 1),
    partial: isPartlyReadable(bytes, format),
  };
}

/** Whether a file may store more than the decoder reads. */
export function isPartlyReadable(bytes: Buffer, format: ImageFormat): boolean {
  if (format === "jpeg") return hasMorePictures(bytes);
  if (format === "png") return hasChunkBeforeData(bytes, "acTL");
  // Sequences, auxiliary pictures and depths beyond 8 bits.
  if (format === "avif") return bytes.toString("latin1", 8, 12) === "avis" || hasSequence(bytes);
  if (isNetpbm(format)) return hasMoreAfterNetpbm(bytes);
  if (format === "tiff") return isLab8(bytes);
  return format === "heic";
}

/** A multi-picture JPEG has an APP2 segment "MPF" (CIPA DC-007) and further pictures after the first one's end. */
function hasMorePictures(bytes: Buffer): boolean {
  for (let at = 2; at + 4 <= bytes.length && bytes[at] === 0xff; ) {
    const marker = bytes[at + 1] as number;
    if (marker === 0xda || marker === 0xd9) return false;
    if (marker === 0xe2 && bytes.toString("latin1", at + 4, at + 8) === "MPF\0") return true;
    at += 2 + bytes.readUInt16BE(at + 2);
  }
  return false;
}

const PNG_SIGNATURE_BYTES = 8;

/** Whether a PNG has a chunk of this type before its first data: PNG specification, 5.3. */
function hasChunkBeforeData(bytes: Buffer, wanted: string): boolean {
  for (let at = PNG_SIGNATURE_BYTES; at + 8 <= bytes.length; ) {
    const type = bytes.toString("latin1", at + 4, at + 8);
    if (type === wanted) return true;
    if (type === "IDAT") return false;
    at += 12 + bytes.readUInt32BE(at);
  }
  return false;
}

/** The compatible brands name an image sequence. */
function hasSequence(bytes: Buffer): boolean {
  const end = Math.min(bytes.length, bytes.readUInt32BE(0));
  for (let at = 16; at + 4 <= end; at += 4)
    if (["avis", "msf1"].includes(bytes.toString("latin1", at, at + 4))) return true;
  return false;
}

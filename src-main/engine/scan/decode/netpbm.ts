import sharp, { type Sharp } from "sharp";
import { TruncatedImageError, UnreadableImageError } from "./unreadable-image-error.ts";

/** A decoded Netpbm image. */
export interface NetpbmPicture extends NetpbmHeader {
  /** Row-major `[height, width, channels]`, 0 to `maxval`. In a PBM, 1 is white, unlike in the file. */
  readonly samples: Uint8Array | Uint16Array;
}

export interface NetpbmHeader {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  /** Largest sample, 1 to 65,535. */
  readonly maxval: number;
  readonly isText: boolean;
  /** Offset of the first sample. */
  readonly start: number;
}

const LARGEST_MAXVAL = 65535;
const LARGEST_BYTE = 255;
const HASH = 0x23;
const ZERO = 0x30;

const isSpace = (byte: number | undefined) =>
  byte !== undefined && (byte === 0x20 || (byte >= 0x09 && byte <= 0x0d));
const isDigit = (byte: number | undefined) =>
  byte !== undefined && byte >= ZERO && byte <= ZERO + 9;

/**
 * Reads the header of a PBM, PGM or PPM (P1 to P6), as the Netpbm manual describes it.
 * @throws UnreadableImageError
 */
export function netpbmHeader(bytes: Buffer): NetpbmHeader {
  const kind = (bytes[1] ?? 0) - ZERO;
  const isBitmap = kind === 1 || kind === 4;
  const cursor = { at: 2 };
  const [width, height] = [nextNumber(bytes, cursor), nextNumber(bytes, cursor)];
  const maxval = isBitmap ? 1 : nextNumber(bytes, cursor);
  if (width < 1 || height < 1 || maxval < 1 || maxval > LARGEST_MAXVAL) throw broken();
  return {
    width,
    height,
    maxval,
    channels: kind === 3 || kind === 6 ? 3 : 1,
    isText: kind <= 3,
    // A single white-space character separates the header from binary samples.
    start: cursor.at + 1,
  };
}

/** @throws UnreadableImageError */
export function decodeNetpbm(bytes: Buffer): NetpbmPicture {
  const header = netpbmHeader(bytes);
  const { maxval, isText } = header;
  const samples =
    maxval === 1 && bytes[1] !== undefined && [1, 4].includes(bytes[1] - ZERO)
      ? isText
        ? textBits(bytes, header)
        : packedBits(bytes, header)
      : isText
        ? textSamples(bytes, header)
        : binarySamples(bytes, header);
  if (maxval !== LARGEST_BYTE && maxval !== LARGEST_MAXVAL) {
    for (const sample of samples) if (sample > maxval) throw broken();
  }
  return { ...header, samples };
}

/**
 * The image with samples of 8 bits, or of 16 bits if its `maxval` needs them, scaled to the full range.
 * @throws UnreadableImageError
 */
export function openNetpbm(bytes: Buffer): Sharp {
  const { width, height, channels, maxval, samples } = decodeNetpbm(bytes);
  const most = maxval > LARGEST_BYTE ? LARGEST_MAXVAL : LARGEST_BYTE;
  if (maxval !== most)
    for (let at = 0; at < samples.length; at++)
      samples[at] = Math.round(((samples[at] as number) * most) / maxval);
  return sharp(samples, { raw: { width, height, channels } });
}

/** Whether more follows after the first image of a binary file, such as another image. */
export function hasMoreAfterNetpbm(bytes: Buffer): boolean {
  const { width, channels, height, maxval, isText, start } = netpbmHeader(bytes);
  if (isText) return false;
  const isBitmap = bytes[1] === ZERO + 4;
  const rowBytes = isBitmap
    ? Math.ceil(width / 8)
    : width * channels * (maxval > LARGEST_BYTE ? 2 : 1);
  return bytes.length > start + rowBytes * height;
}

function sampleCount({ width, height, channels }: NetpbmHeader): number {
  return width * height * channels;
}

function binarySamples(bytes: Buffer, header: NetpbmHeader): Uint8Array | Uint16Array {
  const count = sampleCount(header);
  const isWide = header.maxval > LARGEST_BYTE;
  const data = bytes.subarray(header.start, header.start + count * (isWide ? 2 : 1));
  if (data.length < count * (isWide ? 2 : 1)) throw new TruncatedImageError();
  if (!isWide) return Uint8Array.from(data);
  return Uint16Array.from({ length: count }, (_, at) => data.readUInt16BE(2 * at));
}

/** One bit per pixel, each row padded to whole bytes; 1 is black. */
function packedBits(bytes: Buffer, { width, height, start }: NetpbmHeader): Uint8Array {
  const rowBytes = Math.ceil(width / 8);
  if (bytes.length < start + rowBytes * height) throw new TruncatedImageError();
  const samples = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const byte = bytes[start + y * rowBytes + (x >> 3)] as number;
      samples[y * width + x] = 1 - ((byte >> (7 - (x & 7))) & 1);
    }
  }
  return samples;
}

/** Digits, which need no white space between them. */
function textBits(bytes: Buffer, header: NetpbmHeader): Uint8Array {
  const samples = new Uint8Array(requireRoom(bytes, header, 1));
  const cursor = { at: header.start };
  for (let i = 0; i < samples.length; i++) {
    skipSpace(bytes, cursor);
    const byte = bytes[cursor.at++];
    if (byte === undefined) throw new TruncatedImageError();
    if (byte !== ZERO && byte !== ZERO + 1) throw broken();
    samples[i] = ZERO + 1 - byte;
  }
  return samples;
}

function textSamples(bytes: Buffer, header: NetpbmHeader): Uint8Array | Uint16Array {
  const count = requireRoom(bytes, header, 2);
  const samples = header.maxval > LARGEST_BYTE ? new Uint16Array(count) : new Uint8Array(count);
  const cursor = { at: header.start };
  for (let i = 0; i < count; i++) {
    const sample = nextNumber(bytes, cursor);
    if (sample > header.maxval) throw broken();
    samples[i] = sample;
  }
  return samples;
}

/** The number of samples, if the file can hold that many: a header alone must not allocate memory. */
function requireRoom(bytes: Buffer, header: NetpbmHeader, bytesPerSample: number): number {
  const count = sampleCount(header);
  if (bytes.length - header.start < (count - 1) * bytesPerSample) throw new TruncatedImageError();
  return count;
}

interface Cursor {
  at: number;
}

function nextNumber(bytes: Buffer, cursor: Cursor): number {
  skipSpace(bytes, cursor);
  const first = cursor.at;
  let value = 0;
  while (isDigit(bytes[cursor.at])) {
    value = value * 10 + (bytes[cursor.at++] as number) - ZERO;
    if (value > Number.MAX_SAFE_INTEGER / 10) throw broken();
  }
  if (cursor.at > first) return value;
  throw cursor.at >= bytes.length ? new TruncatedImageError() : broken();
}

/** Skips white space and comments, which end with their line. */
function skipSpace(bytes: Buffer, cursor: Cursor): void {
  for (;;) {
    if (isSpace(bytes[cursor.at])) cursor.at++;
    else if (bytes[cursor.at] === HASH) {
      while (cursor.at < bytes.length && bytes[cursor.at] !== 0x0a && bytes[cursor.at] !== 0x0d)
        cursor.at++;
    } else return;
  }
}

const broken = () => new UnreadableImageError("damaged", "Netpbm");

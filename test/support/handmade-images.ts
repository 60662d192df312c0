import { crc32, deflateSync } from "node:zlib";

// Files that sharp cannot write, made byte by byte according to their specifications.

/** Red, green and blue, 0 to 255, of the pixel in column `x` and row `y` from the top. */
export type Painter = (x: number, y: number) => readonly [number, number, number];

export interface BitmapOptions {
  readonly width: number;
  readonly height: number;
  /** Bits per pixel. 8 uses a palette of gray levels, with each color rounded to the nearest. */
  readonly bits: 8 | 24 | 32;
  /** Whether rows are stored from the top down, marked by a negative height. The usual order is from the bottom up. */
  readonly topDown?: boolean;
  readonly paint: Painter;
}

const FILE_HEADER_BYTES = 14;
const INFO_HEADER_BYTES = 40;

/** A Windows bitmap (BITMAPINFOHEADER, uncompressed). */
export function bitmap({ width, height, bits, topDown = false, paint }: BitmapOptions): Buffer {
  const palette = bits === 8 ? grayPalette() : Buffer.alloc(0);
  const rowBytes = Math.ceil((width * bits) / 32) * 4;
  const pixels = Buffer.alloc(rowBytes * height);
  for (let y = 0; y < height; y++) {
    const row = (topDown ? y : height - 1 - y) * rowBytes;
    for (let x = 0; x < width; x++) {
      const [red, green, blue] = paint(x, y);
      if (bits === 8) pixels[row + x] = Math.round((red + green + blue) / 3);
      // With 32 bits, the fourth byte is unused and nearly always zero, which does not mean transparent.
      else pixels.set([blue, green, red], row + (x * bits) / 8);
    }
  }
  const offset = FILE_HEADER_BYTES + INFO_HEADER_BYTES + palette.length;
  const header = Buffer.alloc(FILE_HEADER_BYTES + INFO_HEADER_BYTES);
  header.write("BM");
  header.writeUInt32LE(offset + pixels.length, 2);
  header.writeUInt32LE(offset, 10);
  header.writeUInt32LE(INFO_HEADER_BYTES, 14);
  header.writeInt32LE(width, 18);
  header.writeInt32LE(topDown ? -height : height, 22);
  header.writeUInt16LE(1, 26);
  header.writeUInt16LE(bits, 28);
  header.writeUInt32LE(pixels.length, 34);
  return Buffer.concat([header, palette, pixels]);
}

function grayPalette(): Buffer {
  return Buffer.from(Array.from({ length: 256 }, (_, level) => [level, level, level, 0]).flat());
}

const PNG_SIGNATURE = Buffer.from("\x89PNG\r\n\x1a\n", "latin1");

/** One chunk of a PNG. @param type four letters. */
export function pngChunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}

interface PngHeader {
  readonly width: number;
  readonly height: number;
  /** Bits per channel. */
  readonly depth: 1 | 8;
  readonly color: "gray" | "rgb";
}

/** The first chunk of a PNG. */
function pngHeader({ width, height, depth, color }: PngHeader): Buffer {
  const data = Buffer.alloc(13);
  data.writeUInt32BE(width, 0);
  data.writeUInt32BE(height, 4);
  data[8] = depth;
  data[9] = color === "gray" ? 0 : 2;
  return pngChunk("IHDR", data);
}

/** A PNG with the given header and compressed rows, which do not have to match. */
export function png(header: PngHeader, compressedRows: Buffer): Buffer {
  return Buffer.concat([
    PNG_SIGNATURE,
    pngHeader(header),
    pngChunk("IDAT", compressedRows),
    pngChunk("IEND", Buffer.alloc(0)),
  ]);
}

/** A valid PNG that is all black: a few kilobytes that expand to `width * height / 8` bytes. */
export function blackPng(width: number, height: number): Buffer {
  const rows = Buffer.alloc((1 + Math.ceil(width / 8)) * height);
  return png({ width, height, depth: 1, color: "gray" }, deflateSync(rows));
}

/** An animated PNG with two frames (APNG: acTL, fcTL, IDAT, fcTL, fdAT). */
export function animatedPng(width: number, height: number, first: Painter, second: Painter) {
  const frameControl = (sequence: number) => {
    const data = Buffer.alloc(26);
    data.writeUInt32BE(sequence, 0);
    data.writeUInt32BE(width, 4);
    data.writeUInt32BE(height, 8);
    data.writeUInt16BE(1, 20);
    data.writeUInt16BE(10, 22);
    return pngChunk("fcTL", data);
  };
  const numbered = (sequence: number, data: Buffer) => {
    const number = Buffer.alloc(4);
    number.writeUInt32BE(sequence);
    return Buffer.concat([number, data]);
  };
  return Buffer.concat([
    PNG_SIGNATURE,
    pngHeader({ width, height, depth: 8, color: "rgb" }),
    pngChunk("acTL", Buffer.from([0, 0, 0, 2, 0, 0, 0, 0])),
    frameControl(0),
    pngChunk("IDAT", deflateSync(rgbRows(width, height, first))),
    frameControl(1),
    pngChunk("fdAT", numbered(2, deflateSync(rgbRows(width, height, second)))),
    pngChunk("IEND", Buffer.alloc(0)),
  ]);
}

/** PNG rows: a filter byte (none), then the pixels. */
function rgbRows(width: number, height: number, paint: Painter): Buffer {
  const rowBytes = 1 + 3 * width;
  const rows = Buffer.alloc(rowBytes * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) rows.set(paint(x, y), y * rowBytes + 1 + 3 * x);
  }
  return rows;
}

export interface NetpbmOptions {
  /** P1 to P6: bits, gray levels and colors, as text or binary. */
  readonly kind: 1 | 2 | 3 | 4 | 5 | 6;
  readonly width: number;
  readonly height: number;
  /** Largest sample; not for bits. */
  readonly maxval?: number;
  readonly paint: Painter;
}

/** A PBM, PGM or PPM with a comment in its header. Gray levels are the mean of the color; bits are black below 128. */
export function netpbm({ kind, width, height, maxval = 255, paint }: NetpbmOptions): Buffer {
  const isBitmap = kind === 1 || kind === 4;
  const isColor = kind === 3 || kind === 6;
  const rows = Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (_, x) => {
      const color = paint(x, y);
      const gray = (color[0] + color[1] + color[2]) / 3;
      if (isBitmap) return [gray < 128 ? 1 : 0];
      return (isColor ? color : [gray]).map((level) => Math.round((level * maxval) / 255));
    }).flat(),
  );
  const header = `P${kind}\n# drawn\n${width} ${height}\n${isBitmap ? "" : `${maxval}\n`}`;
  const samples =
    kind <= 3
      ? Buffer.from(rows.map((row) => row.join(isBitmap ? "" : " ")).join("\n"))
      : Buffer.concat(rows.map((row) => (kind === 4 ? packed(row) : binary(row, maxval))));
  return Buffer.concat([Buffer.from(header), samples]);
}

/** Eight bits per byte, the first one highest. */
function packed(bits: readonly number[]): Buffer {
  const bytes = Buffer.alloc(Math.ceil(bits.length / 8));
  bits.forEach((bit, x) => {
    bytes[x >> 3] = (bytes[x >> 3] ?? 0) | (bit << (7 - (x & 7)));
  });
  return bytes;
}

/** One byte per sample, or two from a `maxval` of 256, the high one first. */
function binary(samples: readonly number[], maxval: number): Buffer {
  if (maxval < 256) return Buffer.from(samples);
  return Buffer.from(samples.flatMap((sample) => [sample >> 8, sample & 255]));
}

/** An uncompressed TIFF with 8-bit CIE L*a*b* pixels. @param lab L* from 0 to 100, a* and b* from -128 to 127 */
export function labTiff(
  width: number,
  height: number,
  lab: (x: number, y: number) => readonly [number, number, number],
): Buffer {
  const SHORT = 3;
  const LONG = 4;
  const bits = 8; // offset of the bits per sample, after the header
  const start = bits + 6;
  const pixels = Buffer.alloc(width * height * 3);
  for (let at = 0; at < width * height; at++) {
    const [light, a, b] = lab(at % width, Math.floor(at / width));
    pixels.set([Math.round(light * 2.55), a & 255, b & 255], 3 * at);
  }
  const tags: [tag: number, type: number, count: number, value: number][] = [
    [256, LONG, 1, width],
    [257, LONG, 1, height],
    [258, SHORT, 3, bits],
    [259, SHORT, 1, 1], // uncompressed
    [262, SHORT, 1, 8], // CIE L*a*b*
    [273, LONG, 1, start],
    [277, SHORT, 1, 3],
    [278, LONG, 1, height],
    [279, LONG, 1, pixels.length],
  ];
  const directory = Buffer.alloc(2 + 12 * tags.length + 4);
  directory.writeUInt16LE(tags.length);
  tags.forEach(([tag, type, count, value], i) => {
    const at = 2 + 12 * i;
    directory.writeUInt16LE(tag, at);
    directory.writeUInt16LE(type, at + 2);
    directory.writeUInt32LE(count, at + 4);
    directory.writeUInt32LE(value, at + 8);
  });
  const header = Buffer.alloc(start);
  header.write("II*\0", "latin1");
  header.writeUInt32LE(start + pixels.length, 4);
  for (let channel = 0; channel < 3; channel++) header.writeUInt16LE(8, bits + 2 * channel);
  return Buffer.concat([header, pixels, directory]);
}

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

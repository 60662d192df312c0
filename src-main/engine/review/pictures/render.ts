import type { Sharp } from "sharp";
import { overCheckers, type Picture, withPicture } from "../../scan/decode/decode.ts";

/** An image in a format that browsers show. */
export interface RenderedPicture {
  readonly type: "image/jpeg" | "image/png";
  readonly bytes: Buffer;
}

const THUMBNAIL_QUALITY = 82;
const FULL_QUALITY = 95;
/** The fastest level that makes photos a third smaller than their pixels. */
const FULL_PNG_COMPRESSION = 2;
/** Larger images are scaled down: no screen shows this many pixels, and a browser needs 4 bytes for each. */
const MAX_FULL_PIXELS = 50_000_000;
/** The longest side that JPEG allows, rounded down. */
const MAX_FULL_SIDE = 65_500;

/**
 * Scales an image to a longer side of `side` pixels. A smaller image keeps its size, losslessly, for the page to enlarge.
 * @throws UnreadableImageError with a readable reason
 */
export function renderThumbnail(bytes: Buffer, side: number): Promise<RenderedPicture> {
  return withPicture(bytes, async ({ width, height, open }) => {
    if (isSmall(width, height, side)) return asPng(await overCheckers(open()));
    const resized = await overCheckers(open().resize({ width: side, height: side, fit: "inside" }));
    const jpeg = await resized.jpeg({ quality: THUMBNAIL_QUALITY }).toBuffer();
    return { type: "image/jpeg", bytes: jpeg };
  });
}

export function isSmall(width: number, height: number, side: number): boolean {
  return Math.max(width, height) <= side;
}

/**
 * The image in its own size, up to 50 megapixels; lossless if its file is.
 * @throws UnreadableImageError with a readable reason
 */
export function renderFull(bytes: Buffer): Promise<RenderedPicture> {
  return withPicture(bytes, async (picture) => {
    const scaled = noLargerThan(picture, MAX_FULL_PIXELS);
    const image = picture.format === "jpeg" ? scaled : await overCheckers(scaled);
    if (!isLossy(picture, bytes)) return asPng(image, FULL_PNG_COMPRESSION);
    const jpeg = await image.jpeg({ quality: FULL_QUALITY, chromaSubsampling: "4:4:4" }).toBuffer();
    return { type: "image/jpeg", bytes: jpeg };
  });
}

/** @param compressionLevel 0 to 9, as zlib's. */
async function asPng(image: Sharp, compressionLevel = 6): Promise<RenderedPicture> {
  return { type: "image/png", bytes: await image.png({ compressionLevel }).toBuffer() };
}

function noLargerThan({ width, height, open }: Picture, pixels: number): Sharp {
  const scale = Math.min(
    1,
    Math.sqrt(pixels / (width * height)),
    MAX_FULL_SIDE / Math.max(width, height),
  );
  if (scale === 1) return open();
  const [w, h] = [width, height].map((side) => Math.max(1, Math.floor(side * scale)));
  return open().resize({ ...(w && { width: w }), ...(h && { height: h }), fit: "fill" });
}

function isLossy({ format }: Picture, bytes: Buffer): boolean {
  if (format === "webp") return !isLosslessWebp(bytes);
  return format === "jpeg" || format === "avif" || format === "heic";
}

const RIFF_HEADER_BYTES = 12;
const CHUNK_HEADER_BYTES = 8;

/** Whether a WebP's first frame is lossless, according to the first chunk with pixels. */
function isLosslessWebp(bytes: Buffer): boolean {
  for (let at = RIFF_HEADER_BYTES; at + CHUNK_HEADER_BYTES <= bytes.length; ) {
    const name = bytes.toString("latin1", at, at + 4);
    if (name === "VP8L") return true;
    if (name === "VP8 ") return false;
    // A frame of an animation contains chunks after a 16-byte header.
    const length = name === "ANMF" ? 16 : bytes.readUInt32LE(at + 4);
    at += CHUNK_HEADER_BYTES + length + (length % 2);
  }
  return false;
}

import { createHash, type Hash } from "node:crypto";
import sharp, { type Metadata, type Sharp } from "sharp";
import { DEFAULT_MAX_PIXELS } from "../../../contract/scan-request.ts";
import { type Picture, pixelDigest, withPicture } from "./decode.ts";
import { deepValues } from "./deep-picture.ts";
import { openNetpbm } from "./netpbm.ts";
import { isNetpbm } from "./sniff.ts";
import { isPartlyReadable, type StoredForm, storedForm } from "./stored-form.ts";

/** Pages of a document that are read; a longer one counts as not fully readable. */
const MOST_PAGES = 500;
/** Pixels of all frames of an animation together, which are in memory at once. */
const MOST_FRAME_PIXELS = 100_000_000;
const OPAQUE = 255;

/**
 * Digest of everything that a file stores as pictures: all channels at their own depth, also under transparency, and all frames
 * or pages. Equal digests mean equal pictures. A file that cannot be read in full gets a digest that only its own bytes have.
 * @throws UnreadableImageError when not even the first picture can be decoded
 */
export function storedDigest(bytes: Buffer, maxPixels = DEFAULT_MAX_PIXELS): Promise<Buffer> {
  return withPicture(bytes, digest, maxPixels);

  async function digest(picture: Picture): Promise<Buffer> {
    const { format, width, height, open } = picture;
    const { deep, frames, partial } = await formOf(bytes, picture);
    if (partial) return unlikeAnyOther(bytes);
    if (frames === 1 && !deep) {
      const { data, info } = await open().raw().toBuffer({ resolveWithObject: true });
      if (info.channels === 3) return pixelDigest(data, width, height);
      const rgb = withoutOpaqueAlpha(data);
      if (rgb) return pixelDigest(rgb, width, height);
      return createHash("sha1").update(`rgba ${width}x${height}:`).update(data).digest();
    }
    const hash = createHash("sha1").update(`${frames} frames:`);
    const isPaged = format === "tiff" || deep;
    const openPage = isNetpbm(format)
      ? () => openNetpbm(bytes)
      : (page: number) => sharp(bytes, { page, limitInputPixels: maxPixels, failOn: "error" });
    const isRead = await (isPaged
      ? addPages(hash, openPage, frames)
      : addFrames(hash, bytes, frames, maxPixels));
    return isRead ? hash.digest() : unlikeAnyOther(bytes);
  }
}

/** What a file stores beyond one opaque picture of 8 bits per channel. */
export async function formOf(
  bytes: Buffer,
  { format, deep }: Pick<Picture, "format" | "deep">,
): Promise<StoredForm> {
  const partial = isPartlyReadable(bytes, format);
  if (format === "heic" || format === "bmp" || format === "jpeg" || isNetpbm(format) || partial)
    return { alpha: false, deep, frames: 1, partial };
  return storedForm(bytes, format, await sharp(bytes, { limitInputPixels: false }).metadata());
}

function unlikeAnyOther(bytes: Buffer): Buffer {
  return createHash("sha1").update("bytes:").update(bytes).digest();
}

/** Pages may differ in size, depth and channels. @returns false if there are too many */
async function addPages(
  hash: Hash,
  openPage: (page: number) => Sharp,
  pages: number,
): Promise<boolean> {
  if (pages > MOST_PAGES) return false;
  for (let page = 0; page < pages; page++) {
    const open = () => openPage(page);
    const { depth } = await open().metadata();
    const read = depth === "uchar" ? eightBits(open()) : deepValues(open, depth);
    const { values, width, height, channels } = await read;
    hash.update(`${depth} ${width}x${height}x${channels}:`);
    hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }
  return true;
}

async function eightBits(image: Sharp) {
  const { data, info } = await image
    .autoOrient()
    .toColourspace("srgb")
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { values: data, ...info };
}

/** @returns false if the frames are too large together */
async function addFrames(
  hash: Hash,
  bytes: Buffer,
  frames: number,
  maxPixels: number,
): Promise<boolean> {
  const open = () => sharp(bytes, { pages: -1, limitInputPixels: maxPixels, failOn: "error" });
  const { width = 0, height = 0 }: Metadata = await open().metadata();
  if (frames > MOST_PAGES || width * height > MOST_FRAME_PIXELS) return false;
  const { data, info } = await open()
    .toColourspace("srgb")
    .raw()
    .toBuffer({ resolveWithObject: true });
  hash.update(`uchar ${info.width}x${info.height}x${info.channels}:`).update(data);
  return true;
}

/** RGB of an RGBA picture that is opaque everywhere; `null` for any other. */
function withoutOpaqueAlpha(rgba: Uint8Array): Uint8Array | null {
  for (let at = 3; at < rgba.length; at += 4) if (rgba[at] !== OPAQUE) return null;
  return rgba.filter((_, at) => at % 4 !== 3);
}

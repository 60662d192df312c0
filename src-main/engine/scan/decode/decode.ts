import { createHash } from "node:crypto";
import { imageSize } from "image-size";
import sharp, { type Metadata, type Sharp } from "sharp";
import { deepPicture } from "./deep-picture.ts";
import { layOver, layOverCheckers } from "./ground.ts";
import { isPlainJpeg } from "./plain-jpeg.ts";
import { Semaphore } from "./semaphore.ts";
import { isWorthShrinking, type ShrinkJob, type Shrunk, shrinkSmallJpeg } from "./small-jpeg.ts";
import { type ImageFormat, sniffFormat } from "./sniff.ts";
import { isPartlyReadable } from "./stored-form.ts";
import { WebAssemblyDecoder } from "./wasm-decoder.ts";

/** Larger images are rejected so that a hostile header cannot exhaust memory. Same as sharp's default: 16,384 x 16,384. */
export const MAX_PIXELS = 16384 * 16384;
/** Bounds the memory that all decoders of this process use together, at up to 4 bytes per pixel. */
const pixelBudget = new Semaphore(MAX_PIXELS);
const webAssemblyDecoder = new WebAssemblyDecoder();
/** No valid file of {@link MAX_PIXELS} comes near this limit on 2 cores. */
const DECODE_TIMEOUT_S = 60;

/** The input size that a model expects. */
export interface InputSize {
  readonly width: number;
  readonly height: number;
  /** The model accepts smaller images as they are and enlarges them itself. */
  readonly anySize: boolean;
}

/** An image scaled to a model's input size. */
export interface DecodedImage {
  readonly format: ImageFormat;
  /** Full size in pixels, after EXIF rotation. */
  readonly width: number;
  readonly height: number;
  /** RGB, row-major `[inputHeight, inputWidth, 3]`. The aspect ratio is not kept. */
  readonly pixels: Uint8Array;
  readonly inputWidth: number;
  readonly inputHeight: number;
  /** `pixels` is known to be all that the file stores, apart from its size. */
  readonly isPlain: boolean;
}

/** The file cannot be decoded. The message is the reason that reports show. */
export class UnreadableImageError extends Error {
  override readonly name = "UnreadableImageError";
}

sharp.cache(false);
// Decoding several images at once uses the cores better than several threads per image.
sharp.concurrency(1);

/** Same filter as in the model's own resize step. Sharp's default, Lanczos, makes decoding a photo 10 % slower. */
const SHRINK_KERNEL = "linear";

/**
 * Decodes a file's first frame and scales it to the model's input: EXIF rotation applied, sRGB, values beyond 8 bits
 * stretched (deep-picture.ts), transparency over a ground that keeps it visible (ground.ts).
 * @param shrinkJpeg decodes small JPEGs faster than sharp; runs on the calling thread by default
 * @throws UnreadableImageError
 */
export function decodeImage(
  bytes: Buffer,
  input: InputSize,
  shrinkJpeg: (job: ShrinkJob) => Shrunk | Promise<Shrunk> = shrinkSmallJpeg,
): Promise<DecodedImage> {
  return withPicture(bytes, async ({ format, width, height, upright, deep, open }) => {
    const sizes = { width, height, toWidth: input.width, toHeight: input.height };
    if (format === "jpeg" && upright && isWorthShrinking(sizes) && isPlainJpeg(bytes)) {
      const pixels = await shrinkJpeg({ bytes, ...sizes });
      if (pixels)
        return {
          format,
          width,
          height,
          pixels,
          inputWidth: input.width,
          inputHeight: input.height,
          isPlain: !isPartlyReadable(bytes, format),
        };
    }
    const { data, info } = await open()
      .resize(input.width, input.height, {
        fit: "fill",
        withoutEnlargement: input.anySize,
        kernel: SHRINK_KERNEL,
      })
      .raw()
      .toBuffer({ resolveWithObject: true });
    const isOpaque = info.channels === 3;
    return {
      format,
      width,
      height,
      pixels: isOpaque ? data : layOver(data),
      inputWidth: info.width,
      inputHeight: info.height,
      isPlain: isOpaque && PLAIN_FORMATS.has(format) && !deep && !isPartlyReadable(bytes, format),
    };
  });
}

/** Formats that cannot hold several frames, or whose header says at once that they do. */
const PLAIN_FORMATS: ReadonlySet<ImageFormat> = new Set(["jpeg", "png", "bmp"]);

/**
 * Decodes an image at full size, as {@link decodeImage} does.
 * @returns RGB, row-major `[height, width, 3]`
 * @throws UnreadableImageError
 */
export function decodeAllPixels(bytes: Buffer): Promise<Uint8Array> {
  return withPicture(bytes, async ({ open }) => {
    const { data, info } = await open().raw().toBuffer({ resolveWithObject: true });
    return info.channels === 3 ? data : layOver(data);
  });
}

/** Digest of decoded pixels and their size. SHA-1 is fast, and nothing here needs a secure hash. */
export function pixelDigest(pixels: Uint8Array, width: number, height: number): Buffer {
  return createHash("sha1").update(`${width}x${height}:`).update(pixels).digest();
}

/**
 * Scales an image down to at most `side` pixels per side and encodes it as JPEG. Smaller images keep their size.
 * @throws UnreadableImageError
 */
export function makeThumbnail(bytes: Buffer, side: number): Promise<Buffer> {
  return withPicture(bytes, async ({ open }) => {
    const image = open().resize({
      width: side,
      height: side,
      fit: "inside",
      withoutEnlargement: true,
    });
    return (await overCheckers(image)).jpeg({ quality: THUMBNAIL_QUALITY }).toBuffer();
  });
}

/** Shows transparency as a checkered ground. */
export async function overCheckers(image: Sharp): Promise<Sharp> {
  const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  const rgb = channels === 4 ? layOverCheckers(data, width) : data;
  return sharp(rgb, { raw: { width, height, channels: 3 } });
}

const THUMBNAIL_QUALITY = 78;

/** An image whose header has been read. */
export interface Picture {
  readonly format: ImageFormat;
  /** Full size in pixels, after EXIF rotation. */
  readonly width: number;
  readonly height: number;
  /** The pixels are known to need no EXIF rotation. */
  readonly upright: boolean;
  /** Values beyond 8 bits per channel. */
  readonly deep: boolean;
  /** The first frame: EXIF rotation applied, sRGB, 8 bits, three channels or four with transparency. */
  readonly open: () => Sharp;
}

/**
 * Reads an image's header and passes the image to `work`.
 * @throws UnreadableImageError also when `work` fails
 */
export async function withPicture<T>(
  bytes: Buffer,
  work: (picture: Picture) => Promise<T>,
): Promise<T> {
  const format = requireFormat(bytes);
  try {
    const image = await openImage(bytes, format);
    const { width, height, upright, depth } = image;
    return await pixelBudget.run(width * height, async () => {
      const shown = depth ? await deepPicture(image.open, depth) : null;
      const open = () => shown?.clone() ?? displayed(image);
      return work({ format, width, height, upright, deep: depth !== null, open });
    });
  } catch (cause) {
    throw unreadable(cause, format);
  }
}

interface OpenImage extends Size {
  open(): Sharp;
}

interface Size {
  readonly width: number;
  readonly height: number;
  /** The pixels are known to need no EXIF rotation. */
  readonly upright: boolean;
  /** What sharp calls the type of values beyond 8 bits; `null` for 8 bits. */
  readonly depth: Metadata["depth"] | null;
}

function requireFormat(bytes: Buffer): ImageFormat {
  if (bytes.length === 0) throw new UnreadableImageError("the file is empty");
  const format = sniffFormat(bytes);
  if (format === null) throw new UnreadableImageError("not a supported image format");
  return format;
}

async function openImage(bytes: Buffer, format: ImageFormat): Promise<OpenImage> {
  if (format === "heic" || format === "bmp") {
    const { width, height, channels, pixels } = await webAssemblyDecoder.decode(bytes, format);
    const open = () => sharp(pixels, { raw: { width, height, channels } });
    return { width, height, upright: true, depth: null, open };
  }
  const { width, height, upright, depth } = headerSize(bytes, format) ?? (await uprightSize(bytes));
  if (width * height > MAX_PIXELS) {
    throw new UnreadableImageError(
      `too large: ${width} x ${height} pixels, the limit is ${MAX_PIXELS} pixels`,
    );
  }
  const open = () =>
    sharp(bytes, { failOn: "error", limitInputPixels: MAX_PIXELS, sequentialRead: true });
  return { width, height, upright, depth, open };
}

/** Normalizes rotation and color space. Steps that would change nothing are skipped because each takes time. */
function displayed({ open, upright }: OpenImage): Sharp {
  const image = open().timeout({ seconds: DECODE_TIMEOUT_S }).toColourspace("srgb");
  if (!upright) image.autoOrient();
  return image;
}

/**
 * Reads the size of a JPEG or PNG without sharp, which takes a tenth of a photo's decoding time for it.
 * @returns `null` for other formats, an unusual header, or an ambiguous orientation; sharp decides then
 */
function headerSize(bytes: Buffer, format: ImageFormat): Size | null {
  if (format !== "jpeg" && format !== "png") return null;
  try {
    const { width, height, orientation, type } = imageSize(bytes);
    if (type !== (format === "jpeg" ? "jpg" : "png")) return null;
    const depth = format === "png" && bytes[PNG_DEPTH_AT] === 16 ? "ushort" : null;
    const exif = bytes.indexOf(EXIF_MARKS[format]);
    if (exif < 0) return { width, height, depth, upright: true };
    const another = bytes.indexOf(EXIF_MARKS[format], exif + 1) >= 0;
    if (another || orientation === undefined || orientation > LAST_ORIENTATION) return null;
    const upright = orientation === UPRIGHT_ORIENTATION;
    return orientation >= FIRST_TURNED_ORIENTATION
      ? { width: height, height: width, depth, upright }
      : { width, height, depth, upright };
  } catch {
    return null;
  }
}

/** Offset of the bit depth in a PNG. */
const PNG_DEPTH_AT = 24;
/** Start of an EXIF block. */
const EXIF_MARKS = { jpeg: "Exif\0\0", png: "eXIf" } as const;
const UPRIGHT_ORIENTATION = 1;
/** EXIF orientations from 5 to 8 swap width and height. */
const FIRST_TURNED_ORIENTATION = 5;
const LAST_ORIENTATION = 8;

/** Reads only the header, so it also works for images above {@link MAX_PIXELS}. */
async function uprightSize(bytes: Buffer): Promise<Size> {
  const { autoOrient, depth } = await sharp(bytes, { limitInputPixels: false }).metadata();
  return { ...autoOrient, upright: false, depth: depth === "uchar" ? null : depth };
}

/**
 * Replaces a decoder's message by a stable one and keeps the original as the cause. libvips mixes the messages of all images
 * that fail at the same time, so its text differs between scans.
 */
function unreadable(cause: unknown, format: ImageFormat): UnreadableImageError {
  if (cause instanceof UnreadableImageError) return cause;
  const reason =
    cause instanceof Error && /timeout/i.test(cause.message)
      ? `decoding took longer than ${DECODE_TIMEOUT_S} s`
      : `damaged, incomplete or unsupported ${format.toUpperCase()}`;
  return new UnreadableImageError(reason, { cause });
}

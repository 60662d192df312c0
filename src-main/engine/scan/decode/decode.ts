import { createHash } from "node:crypto";
import { imageSize } from "image-size";
import sharp, { type Metadata, type Sharp, type SharpOptions } from "sharp";
import { DEFAULT_MAX_PIXELS } from "../../../contract/scan-request.ts";
import { deepPicture } from "./deep-picture.ts";
import { endsEarly } from "./file-end.ts";
import { requireFormat } from "./foreign-format.ts";
import { layOver, layOverCheckers } from "./ground.ts";
import { decodesCleanly, endsInGap, endsInZeros, lacksScans } from "./jpeg-damage.ts";
import { netpbmHeader, openNetpbm } from "./netpbm.ts";
import { isPlainJpeg } from "./plain-jpeg.ts";
import { Semaphore } from "./semaphore.ts";
import { isWorthShrinking, type ShrinkJob, type Shrunk, shrinkSmallJpeg } from "./small-jpeg.ts";
import { type ImageFormat, isNetpbm } from "./sniff.ts";
import { isPartlyReadable } from "./stored-form.ts";
import { isLab8 } from "./tiff-header.ts";
import { TruncatedImageError, UnreadableImageError } from "./unreadable-image-error.ts";
import { WebAssemblyDecoder } from "./wasm-decoder.ts";
import { endsInZeroedFrame } from "./webp-damage.ts";

/** Bounds the memory that all decoders of this process use together, at up to 4 bytes per pixel. */
const pixelBudget = new Semaphore(DEFAULT_MAX_PIXELS);
const webAssemblyDecoder = new WebAssemblyDecoder();
/** No valid file of {@link DEFAULT_MAX_PIXELS} comes near this limit on 2 cores. */
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
  /** What is wrong with the file although it decodes; `null` if nothing is. */
  readonly damage: string | null;
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
 * @param maxPixels images with more pixels are not decoded
 * @throws UnreadableImageError
 */
export function decodeImage(
  bytes: Buffer,
  input: InputSize,
  shrinkJpeg: (job: ShrinkJob) => Shrunk | Promise<Shrunk> = shrinkSmallJpeg,
  maxPixels = DEFAULT_MAX_PIXELS,
): Promise<DecodedImage> {
  return withPicture(bytes, decode, maxPixels);

  async function decode(picture: Picture): Promise<DecodedImage> {
    const { format, width, height, upright, deep, open } = picture;
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
          damage: null,
        };
    }
    const scaled = (failOn?: FailOn) =>
      open(failOn)
        .resize(input.width, input.height, {
          fit: "fill",
          withoutEnlargement: input.anySize,
          kernel: SHRINK_KERNEL,
        })
        .raw()
        .toBuffer({ resolveWithObject: true });
    let damage: string | null = null;
    const { data, info } = WARNING_FORMATS.has(format)
      ? await scaled("warning").catch(() => {
          damage = BROKEN_DATA;
          return scaled();
        })
      : await scaled();
    damage ??= await silentDamage(bytes, format, () =>
      endsInGap(data, info.width, info.height, upright),
    );
    const isOpaque = info.channels === 3;
    return {
      format,
      width,
      height,
      pixels: isOpaque ? data : layOver(data),
      inputWidth: info.width,
      inputHeight: info.height,
      isPlain: isOpaque && PLAIN_FORMATS.has(format) && !deep && !isPartlyReadable(bytes, format),
      damage,
    };
  }
}

/** How tolerant the decoder is; `error` by default. */
type FailOn = NonNullable<SharpOptions["failOn"]>;

/** Formats whose decoders warn only of damage. Those of TIFF and PNG also warn of harmless metadata. */
const WARNING_FORMATS: ReadonlySet<ImageFormat> = new Set(["jpeg", "gif"]);

const BROKEN_DATA = "part of the image data is missing or broken";
const MISSING_SCANS = "the image ends before its last scan";

/** Damage that the decoder does not report. @param isGap whether the decoded image ends in a gap */
async function silentDamage(
  bytes: Buffer,
  format: ImageFormat,
  isGap: () => boolean,
): Promise<string | null> {
  if (format === "webp") return endsInZeroedFrame(bytes) ? BROKEN_DATA : null;
  if (format !== "jpeg") return null;
  if (lacksScans(bytes)) return MISSING_SCANS;
  // A complete decode costs as much again, so only where there is a sign of damage.
  const isSuspicious = endsInZeros(bytes) || isGap();
  return isSuspicious && !(await decodesCleanly(bytes)) ? BROKEN_DATA : null;
}

/** Formats that cannot hold several frames, or whose header says at once that they do. */
const PLAIN_FORMATS: ReadonlySet<ImageFormat> = new Set(["jpeg", "png", "bmp"]);

/**
 * Decodes an image at full size, as {@link decodeImage} does.
 * @returns RGB, row-major `[height, width, 3]`
 * @throws UnreadableImageError
 */
export function decodeAllPixels(
  bytes: Buffer,
  maxPixels = DEFAULT_MAX_PIXELS,
): Promise<Uint8Array> {
  return withPicture(
    bytes,
    async ({ open }) => {
      const { data, info } = await open().raw().toBuffer({ resolveWithObject: true });
      return info.channels === 3 ? data : layOver(data);
    },
    maxPixels,
  );
}

/** Digest of decoded pixels and their size. SHA-1 is fast, and nothing here needs a secure hash. */
export function pixelDigest(pixels: Uint8Array, width: number, height: number): Buffer {
  return createHash("sha1").update(`${width}x${height}:`).update(pixels).digest();
}

/**
 * Scales an image down to at most `side` pixels per side and encodes it as JPEG. Smaller images keep their size.
 * @throws UnreadableImageError
 */
export function makeThumbnail(
  bytes: Buffer,
  side: number,
  maxPixels = DEFAULT_MAX_PIXELS,
): Promise<Buffer> {
  return withPicture(
    bytes,
    async ({ open }) => {
      const image = open().resize({
        width: side,
        height: side,
        fit: "inside",
        withoutEnlargement: true,
      });
      return (await overCheckers(image)).jpeg({ quality: THUMBNAIL_QUALITY }).toBuffer();
    },
    maxPixels,
  );
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
  readonly open: (failOn?: FailOn) => Sharp;
}

/**
 * Reads an image's header and passes the image to `work`.
 * @param maxPixels images with more pixels are rejected
 * @throws UnreadableImageError also when `work` fails
 */
export async function withPicture<T>(
  bytes: Buffer,
  work: (picture: Picture) => Promise<T>,
  maxPixels = DEFAULT_MAX_PIXELS,
): Promise<T> {
  const format = requireFormat(bytes);
  try {
    const image = await openImage(bytes, format, maxPixels);
    const { width, height, upright, depth } = image;
    return await pixelBudget.run(width * height, async () => {
      const shown = depth ? await deepPicture(image.open, depth) : null;
      const open = (failOn?: FailOn) => shown?.clone() ?? displayed(image, failOn);
      return work({ format, width, height, upright, deep: depth !== null, open });
    });
  } catch (cause) {
    throw unreadable(cause, bytes, format);
  }
}

interface OpenImage extends Size {
  open(failOn?: FailOn): Sharp;
}

interface Size {
  readonly width: number;
  readonly height: number;
  /** The pixels are known to need no EXIF rotation. */
  readonly upright: boolean;
  /** What sharp calls the type of values beyond 8 bits; `null` for 8 bits. */
  readonly depth: Metadata["depth"] | null;
}

async function openImage(
  bytes: Buffer,
  format: ImageFormat,
  maxPixels: number,
): Promise<OpenImage> {
  if (isNetpbm(format)) {
    const { width, height, maxval } = netpbmHeader(bytes);
    requireSize({ width, height }, maxPixels);
    const image = openNetpbm(bytes);
    const depth = maxval > LARGEST_BYTE ? "ushort" : null;
    return { width, height, upright: true, depth, open: () => image.clone() };
  }
  if (format === "heic" || format === "bmp" || (format === "tiff" && isLab8(bytes))) {
    if (format === "bmp") requireSize(bmpSize(bytes), maxPixels);
    const { width, height, channels, pixels } = await webAssemblyDecoder.decode(bytes, format);
    const open = () => sharp(pixels, { raw: { width, height, channels } });
    return { width, height, upright: true, depth: null, open };
  }
  const size = headerSize(bytes, format) ?? (await uprightSize(bytes));
  requireSize(size, maxPixels);
  const open = (failOn: FailOn = "error") =>
    sharp(bytes, { failOn, limitInputPixels: maxPixels, sequentialRead: true });
  return { ...size, open };
}

/** The size in the header; the height is negative in files whose rows are stored from the top. */
function bmpSize(bytes: Buffer): Area {
  if (bytes.length < BMP_SIZE_END) throw new TruncatedImageError();
  // The oldest header, 12 bytes long, has 16-bit sizes.
  if (bytes.readUInt32LE(14) === 12)
    return { width: bytes.readUInt16LE(18), height: bytes.readUInt16LE(20) };
  return { width: Math.abs(bytes.readInt32LE(18)), height: Math.abs(bytes.readInt32LE(22)) };
}

const BMP_SIZE_END = 26;

/** @throws UnreadableImageError for an image with too many pixels */
function requireSize({ width, height }: Area, maxPixels: number): void {
  if (width * height <= maxPixels) return;
  throw new UnreadableImageError(
    "too-large",
    `${width} x ${height} pixels; the limit is ${maxPixels} pixels. Raise it with --max-pixels`,
  );
}

type Area = Pick<Size, "width" | "height">;

const LARGEST_BYTE = 255;

/** Normalizes rotation and color space. Steps that would change nothing are skipped because each takes time. */
function displayed({ open, upright }: OpenImage, failOn?: FailOn): Sharp {
  const image = open(failOn).timeout({ seconds: DECODE_TIMEOUT_S }).toColourspace("srgb");
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

/** Reads only the header, so it also works for images above any limit. */
async function uprightSize(bytes: Buffer): Promise<Size> {
  const { autoOrient, depth, space } = await sharp(bytes, { limitInputPixels: false }).metadata();
  // L*a*b* values are colors, not measurements.
  const isPlain = depth === "uchar" || space === "lab" || space === "labs";
  return { ...autoOrient, upright: false, depth: isPlain ? null : depth };
}

/**
 * Replaces a decoder's message by a stable one and keeps the original as the cause. libvips mixes the messages of all images
 * that fail at the same time, so its text differs between scans.
 */
function unreadable(cause: unknown, bytes: Buffer, format: ImageFormat): UnreadableImageError {
  if (cause instanceof UnreadableImageError) return cause;
  if (endsEarly(bytes, format)) return new TruncatedImageError(undefined, { cause });
  const detail =
    cause instanceof Error && /timeout/i.test(cause.message)
      ? `decoding takes longer than ${DECODE_TIMEOUT_S} s`
      : `not a valid ${format.toUpperCase()}`;
  return new UnreadableImageError("damaged", detail, { cause });
}

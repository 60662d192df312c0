import { imageSize } from "image-size";
import sharp, { type Sharp } from "sharp";
import { isPlainJpeg } from "./plain-jpeg.ts";
import { Semaphore } from "./semaphore.ts";
import { isWorthShrinking, type ShrinkJob, type Shrunk, shrinkSmallJpeg } from "./small-jpeg.ts";
import { type ImageFormat, sniffFormat } from "./sniff.ts";
import { decodeWithWebAssembly } from "./wasm-decoder.ts";

/**
 * Pixels above which an image is refused, so that a hostile header cannot ask for all memory: 16,384 x 16,384. The largest
 * that sharp takes by default, too.
 */
export const MAX_PIXELS = 16384 * 16384;
/**
 * Pixels of all pictures that are being decoded at a time. Most decoders hold a picture whole, up to 4 bytes a pixel: dozens of the largest at
 * once would take all memory. Ordinary photos never wait.
 */
const pixelsAtOnce = new Semaphore(MAX_PIXELS);
/** A picture that takes longer is given up: no honest file of at most {@link MAX_PIXELS} came near it (2 cores). */
const DECODE_TIMEOUT_S = 60;

/** The size that a model wants its input in. */
export interface InputSize {
  readonly width: number;
  readonly height: number;
  /** Smaller images may be given in their own size: the graph enlarges them itself. */
  readonly anySize: boolean;
}

/** An image as the model sees it. */
export interface DecodedImage {
  readonly format: ImageFormat;
  /** Size of the picture in full, upright. */
  readonly width: number;
  readonly height: number;
  /** RGB of the whole picture squashed to the input size, row-major `[inputHeight, inputWidth, 3]`. */
  readonly pixels: Uint8Array;
  readonly inputWidth: number;
  readonly inputHeight: number;
}

/** A file that cannot be read as an image; the message is the reason that people see. */
export class UnreadableImageError extends Error {
  override readonly name = "UnreadableImageError";
}

sharp.cache(false);
// One thread an image: many images at once use the cores better than many threads on one.
sharp.concurrency(1);

/** The filter that the model's graph scales with, too. Sharp's own choice, Lanczos, takes a tenth more of a photo's decoding. */
const SHRINK_KERNEL = "linear";

/**
 * Decodes a file's bytes once: first frame, upright, sRGB, transparency over white, squashed to the model's input.
 * @param shrinkJpeg squashes small JPEGs, which take less time so than by sharp; by default on this thread
 * @throws UnreadableImageError with the reason in plain words.
 */
export function decodeImage(
  bytes: Buffer,
  input: InputSize,
  shrinkJpeg: (job: ShrinkJob) => Shrunk | Promise<Shrunk> = shrinkSmallJpeg,
): Promise<DecodedImage> {
  return withPicture(bytes, async ({ format, width, height, upright, open }) => {
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
    return {
      format,
      width,
      height,
      pixels: data,
      inputWidth: info.width,
      inputHeight: info.height,
    };
  });
}

/**
 * Decodes a picture in full, for a comparison pixel by pixel.
 * @returns RGB, row-major `[height, width, 3]`.
 * @throws UnreadableImageError with the reason in plain words.
 */
export function decodeAllPixels(bytes: Buffer): Promise<Uint8Array> {
  return withPicture(bytes, ({ open }) => open().raw().toBuffer());
}

/**
 * A small JPEG of the whole picture, its sides at most `side` pixels, never enlarged.
 * @throws UnreadableImageError with the reason in plain words.
 */
export function makeThumbnail(bytes: Buffer, side: number): Promise<Buffer> {
  return withPicture(bytes, ({ open }) =>
    open()
      .resize({ width: side, height: side, fit: "inside", withoutEnlargement: true })
      .jpeg({ quality: THUMBNAIL_QUALITY })
      .toBuffer(),
  );
}

const THUMBNAIL_QUALITY = 78;

/** A picture whose header was read. */
export interface Picture {
  readonly format: ImageFormat;
  /** Size in full, upright. */
  readonly width: number;
  readonly height: number;
  /** The pixels are known to be stored the right way up. */
  readonly upright: boolean;
  /** The pixels as one sees them, whatever they are stored as. */
  readonly open: () => Sharp;
}

/**
 * Opens a file's picture as one sees it: first frame, upright, sRGB, transparency over white.
 * @throws UnreadableImageError with the reason in plain words, also for what fails in `work`.
 */
export async function withPicture<T>(
  bytes: Buffer,
  work: (picture: Picture) => Promise<T>,
): Promise<T> {
  const format = requireFormat(bytes);
  try {
    const image = await openImage(bytes, format);
    const { width, height, upright } = image;
    return await pixelsAtOnce.spend(width * height, () =>
      work({ format, width, height, upright, open: () => asSeen(image, format) }),
    );
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
  /** The pixels are known to be stored the right way up. */
  readonly upright: boolean;
}

function requireFormat(bytes: Buffer): ImageFormat {
  if (bytes.length === 0) throw new UnreadableImageError("the file is empty");
  const format = sniffFormat(bytes);
  if (format === null) throw new UnreadableImageError("not an image of a known format");
  return format;
}

async function openImage(bytes: Buffer, format: ImageFormat): Promise<OpenImage> {
  if (format === "heic" || format === "bmp") {
    const { width, height, pixels } = await decodeWithWebAssembly(bytes, format);
    const open = () => sharp(pixels, { raw: { width, height, channels: 3 } });
    return { width, height, upright: true, open };
  }
  const { width, height, upright } = headerSize(bytes, format) ?? (await uprightSize(bytes));
  if (width * height > MAX_PIXELS) {
    throw new UnreadableImageError(
      `too large: ${width} x ${height} pixels, the limit is ${MAX_PIXELS} pixels`,
    );
  }
  const open = () =>
    sharp(bytes, { failOn: "error", limitInputPixels: MAX_PIXELS, sequentialRead: true });
  return { width, height, upright, open };
}

/** One way to see every picture, whatever it is stored as. A step that would change nothing is left out: each costs time. */
function asSeen({ open, upright }: OpenImage, format: ImageFormat): Sharp {
  const image = open().timeout({ seconds: DECODE_TIMEOUT_S }).toColourspace("srgb");
  if (!upright) image.autoOrient();
  if (format !== "jpeg") image.flatten({ background: "#ffffff" });
  return image;
}

/**
 * Size from the header of the two most common formats without asking sharp, whose own look at the header costs a tenth of a
 * photo's decoding. `null` where the header is unusual or its orientation is not plain: sharp then decides.
 */
function headerSize(bytes: Buffer, format: ImageFormat): Size | null {
  if (format !== "jpeg" && format !== "png") return null;
  try {
    const { width, height, orientation, type } = imageSize(bytes);
    if (type !== (format === "jpeg" ? "jpg" : "png")) return null;
    const exif = bytes.indexOf(EXIF_MARKS[format]);
    if (exif < 0) return { width, height, upright: true };
    const another = bytes.indexOf(EXIF_MARKS[format], exif + 1) >= 0;
    if (another || orientation === undefined || orientation > LAST_ORIENTATION) return null;
    const upright = orientation === UPRIGHT_ORIENTATION;
    return orientation >= FIRST_TURNED_ORIENTATION
      ? { width: height, height: width, upright }
      : { width, height, upright };
  } catch {
    return null;
  }
}

/** What a block of EXIF begins with. */
const EXIF_MARKS = { jpeg: "Exif\0\0", png: "eXIf" } as const;
const UPRIGHT_ORIENTATION = 1;
/** EXIF orientations from 5 on exchange width and height. */
const FIRST_TURNED_ORIENTATION = 5;
const LAST_ORIENTATION = 8;

/** Reads no pixel, so that a picture too large to decode can still be told its size. */
async function uprightSize(bytes: Buffer): Promise<Size> {
  const { autoOrient } = await sharp(bytes, { limitInputPixels: false }).metadata();
  return { ...autoOrient, upright: false };
}

/**
 * One reason for whatever a decoder complains of. Its own words stay the cause: libvips puts the complaints about all pictures that fail
 * at a time into one pot, so that they would differ from scan to scan.
 */
function unreadable(cause: unknown, format: ImageFormat): UnreadableImageError {
  if (cause instanceof UnreadableImageError) return cause;
  const reason =
    cause instanceof Error && /timeout/i.test(cause.message)
      ? `decoding took longer than ${DECODE_TIMEOUT_S} s`
      : `damaged, incomplete or unsupported ${format.toUpperCase()}`;
  return new UnreadableImageError(reason, { cause });
}

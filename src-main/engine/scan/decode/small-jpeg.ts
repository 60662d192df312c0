import jpegTurbo from "@julusian/jpeg-turbo";
import { WorkerPool } from "../../threads/worker-pool.ts";
import { shrink } from "./shrink.ts";

/**
 * Pixels above which sharp is faster: it decodes to a half, a quarter or an eighth. At 0.36 megapixels it takes twice as long, at 0.8 the same, at
 * 1.4 three quarters (2 cores, photos of JPEG quality 85).
 */
export const SMALL_JPEG_PIXELS = 750_000;

/** A plain JPEG (plain-jpeg.ts), stored the right way up, to be squashed to a smaller size. */
export interface ShrinkJob {
  readonly bytes: Uint8Array;
  /** As its header tells. */
  readonly width: number;
  readonly height: number;
  readonly toWidth: number;
  readonly toHeight: number;
}

/** RGB, row-major `[toHeight, toWidth, 3]`; `null` where the picture has any flaw, be it one that decoders pass over: sharp decides on those. */
export type Shrunk = Uint8Array | null;

/** Whether a picture of this size gets smaller and is small enough for libjpeg-turbo to be the faster way. */
export function isWorthShrinking({
  width,
  height,
  toWidth,
  toHeight,
}: Omit<ShrinkJob, "bytes">): boolean {
  const pixels = width * height;
  return (
    width >= toWidth &&
    height >= toHeight &&
    pixels > toWidth * toHeight &&
    pixels <= SMALL_JPEG_PIXELS
  );
}

/** Pixels of one picture in full. */
const full = Buffer.allocUnsafeSlow(SMALL_JPEG_PIXELS * 3);

/**
 * Squashes a small JPEG by libjpeg-turbo itself and the triangle filter: a third of the time that sharp takes for photos of 500x400, most of which
 * goes into building its pipeline. Colors are off by up to a few levels, since the decoder's fast transform is used, so this
 * is for pictures whose pixels are averaged.
 */
export function shrinkSmallJpeg({ bytes, width, height, toWidth, toHeight }: ShrinkJob): Shrunk {
  const jpeg = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const pixels = full.subarray(0, width * height * 3);
  try {
    const decoded = jpegTurbo.decompressSync(jpeg, pixels, { format: jpegTurbo.FORMAT_RGB });
    if (decoded.width !== width || decoded.height !== height) return null;
  } catch {
    return null;
  }
  return shrink(pixels, width, height, toWidth, toHeight);
}

/** Threads that squash small JPEGs. @param threads 0 to do it on the caller's */
export function openShrinker(threads: number): WorkerPool<ShrinkJob, Shrunk> {
  return new WorkerPool({
    caller: import.meta,
    name: "small-jpeg-worker",
    workerData: null,
    threads,
    inline: shrinkSmallJpeg,
  });
}

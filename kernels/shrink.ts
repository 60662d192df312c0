/**
 * AssemblyScript, not TypeScript: the inner loops of `src-main/engine/scan/decode/shrink.ts`, compiled to WebAssembly by `npm run kernel`, which puts
 * the result into `src-main/engine/scan/decode/shrink-kernel.ts`. Sixteen bytes at a time it takes a tenth of what the same loops take in
 * JavaScript (0.17 against 1.1 to 1.6 ms for a photo of 501x399).
 */

/** Shares of the lines that make up one line below sum to this: a sum of bytes then fits in 16 bits. */
const LINE_WHOLE = 256;
/** Shares of the pixels that make up one pixel below sum to this. */
const PIXEL_WHOLE = 16384;
/** Half the bits that {@link LINE_WHOLE} adds are dropped, so that a sum of a line fits in 16 bits with a sign. */
const LINE_DROPPED_BITS = 1;
/** The bits that both wholes add to a byte, less what was dropped. */
const ADDED_BITS = 8 - LINE_DROPPED_BITS + 14;

/**
 * Squashes a picture to a smaller one: each pixel is the mean of those around its place, whose shares fall off in straight lines to
 * nothing at one pixel's distance below (the triangle filter that image libraries call linear or bilinear).
 * Neither side may grow.
 * @param from the picture: RGB, row-major `[height, width, 3]`
 * @param scratch space of {@link scratchBytes} behind the picture, at a multiple of 16; up to a line and 32 bytes are read past the picture
 * @param to where the smaller picture goes: RGB, row-major `[toHeight, toWidth, 3]`
 */
export function shrink(
  from: usize,
  width: i32,
  height: i32,
  to: usize,
  toWidth: i32,
  toHeight: i32,
  scratch: usize,
): void {
  const lines = scratch;
  const pixels = lines + windowsBytes(height, toHeight);
  const line = pixels + windowsBytes(width, toWidth);
  fillWindows(lines, height, toHeight, LINE_WHOLE);
  fillWindows(pixels, width, toWidth, PIXEL_WHOLE);
  const stride = <usize>width * 3;
  let window = lines;
  for (let y = 0; y < toHeight; y++) {
    const first = load<i32>(window);
    const pairs = load<i32>(window, 4);
    window += 8;
    sumLines(from + <usize>first * stride, stride, window, pairs * 2, line);
    window += <usize>pairs * 4;
    sumPixels(line, pixels, toWidth, to);
    to += <usize>toWidth * 3;
  }
}

/** Bytes of scratch space that {@link shrink} needs. */
export function scratchBytes(width: i32, height: i32, toWidth: i32, toHeight: i32): usize {
  return windowsBytes(height, toHeight) + windowsBytes(width, toWidth) + <usize>width * 6 + 64;
}

/**
 * A window's first pixel, its number of pairs of pixels, and a share of 16 bits for each: no more than two windows cover a pixel. What comes
 * behind is again at a multiple of 16, as vectors are read fastest.
 */
function windowsBytes(pixels: i32, to: i32): usize {
  return (<usize>to * 8 + <usize>(pixels * 2 + to * 4) * 2 + 15) & ~15;
}

/** The windows of one axis, in order. @param whole what the shares of each sum to, so that an even area stays as it is */
function fillWindows(at: usize, pixels: i32, to: i32, whole: i32): void {
  const step = <f64>pixels / <f64>to;
  for (let cell = 0; cell < to; cell++) {
    const center = (<f64>cell + 0.5) * step - 0.5;
    const first = max(0, <i32>Math.ceil(center - step));
    const last = min(pixels - 1, <i32>Math.floor(center + step));
    const pairs = (last - first + 2) >> 1;
    store<i32>(at, first);
    store<i32>(at, pairs, 4);
    at += 8;
    let total = 0.0;
    for (let pixel = first; pixel <= last; pixel++) total += step - Math.abs(<f64>pixel - center);
    // Shares are the steps of a rounded running sum, so that their own rounding never adds up.
    let sum = 0.0;
    let given = 0;
    for (let pixel = first; pixel < first + pairs * 2; pixel++) {
      sum += step - Math.abs(<f64>pixel - center);
      const upTo = pixel >= last ? whole : <i32>Math.floor((sum / total) * <f64>whole + 0.5);
      store<u16>(at, <u16>(upTo - given));
      given = upTo;
      at += 2;
    }
  }
}

/** Weighted sum of lines of bytes, as numbers of 16 bits. */
function sumLines(from: usize, stride: usize, shares: usize, count: i32, line: usize): void {
  for (let x: usize = 0; x < stride; x += 32) {
    let a = i16x8.splat(0);
    let b = i16x8.splat(0);
    let c = i16x8.splat(0);
    let d = i16x8.splat(0);
    let at = from + x;
    for (let i = 0; i < count; i++) {
      const share = v128.load_splat<u16>(shares + ((<usize>i) << 1));
      const front = v128.load(at);
      const back = v128.load(at, 16);
      a = i16x8.add(a, i16x8.mul(i16x8.extend_low_i8x16_u(front), share));
      b = i16x8.add(b, i16x8.mul(i16x8.extend_high_i8x16_u(front), share));
      c = i16x8.add(c, i16x8.mul(i16x8.extend_low_i8x16_u(back), share));
      d = i16x8.add(d, i16x8.mul(i16x8.extend_high_i8x16_u(back), share));
      at += stride;
    }
    const into = line + x * 2;
    v128.store(into, i16x8.shr_u(a, LINE_DROPPED_BITS));
    v128.store(into, i16x8.shr_u(b, LINE_DROPPED_BITS), 16);
    v128.store(into, i16x8.shr_u(c, LINE_DROPPED_BITS), 32);
    v128.store(into, i16x8.shr_u(d, LINE_DROPPED_BITS), 48);
  }
}

/** Weighted sums of the pixels of a summed line, as bytes. Two pixels go at a time. */
function sumPixels(line: usize, windows: usize, toWidth: i32, to: usize): void {
  for (let x = 0; x < toWidth; x++) {
    let at = line + <usize>load<i32>(windows) * 6;
    const pairs = load<i32>(windows, 4);
    windows += 8;
    let sum = i32x4.splat(1 << (ADDED_BITS - 1));
    for (let i = 0; i < pairs; i++) {
      const two = besideEachOther(v128.load(at));
      sum = i32x4.add(sum, i32x4.dot_i16x8_s(two, v128.load_splat<u32>(windows)));
      at += 12;
      windows += 4;
    }
    sum = i32x4.shr_u(sum, ADDED_BITS);
    store<u8>(to, <u8>i32x4.extract_lane(sum, 0));
    store<u8>(to, <u8>i32x4.extract_lane(sum, 1), 1);
    store<u8>(to, <u8>i32x4.extract_lane(sum, 2), 2);
    to += 3;
  }
}

/** Two pixels' reds, greens and blues beside each other; what comes after them is of no use. */
function besideEachOther(rgbrgb: v128): v128 {
  return i16x8.shuffle(rgbrgb, rgbrgb, 0, 3, 1, 4, 2, 5, 6, 7);
}

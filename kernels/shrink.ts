/**
 * AssemblyScript, not TypeScript: the inner loops of `src-main/engine/scan/decode/shrink.ts`. `npm run kernel` compiles them to
 * WebAssembly and writes `src-main/engine/scan/decode/shrink-kernel.ts`. With SIMD an image of 501 x 399 pixels takes 0.17 ms;
 * the same loops in JavaScript take 1.1 ms or more.
 */

/** Sum of the row weights of one output row: a weighted sum of bytes then fits in 16 bits. */
const ROW_SCALE = 256;
/** Sum of the column weights of one output pixel. */
const COLUMN_SCALE = 16384;
/** Bits dropped from a row sum, which then fits in a signed 16-bit number. */
const ROW_DROPPED_BITS = 1;
/** Bits that both scales add to a byte, minus the dropped ones. */
const ADDED_BITS = 8 - ROW_DROPPED_BITS + 14;

/**
 * Scales an image down with the triangle filter, which image libraries call linear or bilinear: the weight of an input pixel
 * falls linearly to zero at a distance of one output pixel. Neither side may grow.
 * @param from the image: RGB, row-major `[height, width, 3]`
 * @param to receives the result: RGB, row-major `[toHeight, toWidth, 3]`
 * @param scratch {@link scratchBytes} bytes after the image, at a multiple of 16. Up to one row and 32 bytes are read past the
 *   end of the image.
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
  const rowWindows = scratch;
  const columnWindows = rowWindows + windowsBytes(height, toHeight);
  const row = columnWindows + windowsBytes(width, toWidth);
  fillWindows(rowWindows, height, toHeight, ROW_SCALE);
  fillWindows(columnWindows, width, toWidth, COLUMN_SCALE);
  const stride = <usize>width * 3;
  let window = rowWindows;
  for (let y = 0; y < toHeight; y++) {
    const first = load<i32>(window);
    const pairs = load<i32>(window, 4);
    window += 8;
    sumRows(from + <usize>first * stride, stride, window, pairs * 2, row);
    window += <usize>pairs * 4;
    sumColumns(row, columnWindows, toWidth, to);
    to += <usize>toWidth * 3;
  }
}

/** Size of the scratch memory that {@link shrink} needs. */
export function scratchBytes(width: i32, height: i32, toWidth: i32, toHeight: i32): usize {
  return windowsBytes(height, toHeight) + windowsBytes(width, toWidth) + <usize>width * 6 + 64;
}

/**
 * Size of the windows of one axis. A window is its first pixel, its number of pixel pairs, and a 16-bit weight per pixel. At
 * most two windows cover a pixel. The size is a multiple of 16 because aligned vectors are read fastest.
 */
function windowsBytes(pixels: i32, to: i32): usize {
  return (<usize>to * 8 + <usize>(pixels * 2 + to * 4) * 2 + 15) & ~15;
}

/** Writes the windows of one axis in order. @param scale sum of each window's weights; uniform areas keep their value exactly */
function fillWindows(at: usize, pixels: i32, to: i32, scale: i32): void {
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
    // Weights are differences of a rounded running sum, so rounding errors do not accumulate.
    let sum = 0.0;
    let assigned = 0;
    for (let pixel = first; pixel < first + pairs * 2; pixel++) {
      sum += step - Math.abs(<f64>pixel - center);
      const upTo = pixel >= last ? scale : <i32>Math.floor((sum / total) * <f64>scale + 0.5);
      store<u16>(at, <u16>(upTo - assigned));
      assigned = upTo;
      at += 2;
    }
  }
}

/** Weighted sum of rows of bytes, as 16-bit numbers. */
function sumRows(from: usize, stride: usize, weights: usize, count: i32, row: usize): void {
  for (let x: usize = 0; x < stride; x += 32) {
    let a = i16x8.splat(0);
    let b = i16x8.splat(0);
    let c = i16x8.splat(0);
    let d = i16x8.splat(0);
    let at = from + x;
    for (let i = 0; i < count; i++) {
      const weight = v128.load_splat<u16>(weights + ((<usize>i) << 1));
      const front = v128.load(at);
      const back = v128.load(at, 16);
      a = i16x8.add(a, i16x8.mul(i16x8.extend_low_i8x16_u(front), weight));
      b = i16x8.add(b, i16x8.mul(i16x8.extend_high_i8x16_u(front), weight));
      c = i16x8.add(c, i16x8.mul(i16x8.extend_low_i8x16_u(back), weight));
      d = i16x8.add(d, i16x8.mul(i16x8.extend_high_i8x16_u(back), weight));
      at += stride;
    }
    const into = row + x * 2;
    v128.store(into, i16x8.shr_u(a, ROW_DROPPED_BITS));
    v128.store(into, i16x8.shr_u(b, ROW_DROPPED_BITS), 16);
    v128.store(into, i16x8.shr_u(c, ROW_DROPPED_BITS), 32);
    v128.store(into, i16x8.shr_u(d, ROW_DROPPED_BITS), 48);
  }
}

/** Weighted sums of the pixels of a summed row, as bytes. Processes two pixels at a time. */
function sumColumns(row: usize, windows: usize, toWidth: i32, to: usize): void {
  for (let x = 0; x < toWidth; x++) {
    let at = row + <usize>load<i32>(windows) * 6;
    const pairs = load<i32>(windows, 4);
    windows += 8;
    let sum = i32x4.splat(1 << (ADDED_BITS - 1));
    for (let i = 0; i < pairs; i++) {
      const pair = interleaved(v128.load(at));
      sum = i32x4.add(sum, i32x4.dot_i16x8_s(pair, v128.load_splat<u32>(windows)));
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

/** Pairs up two pixels' reds, greens, and blues. The last lane is unused. */
function interleaved(rgbrgb: v128): v128 {
  return i16x8.shuffle(rgbrgb, rgbrgb, 0, 3, 1, 4, 2, 5, 6, 7);
}

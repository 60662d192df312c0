import sharp, { type Metadata, type Sharp } from "sharp";

/** 16-bit pictures that reach this value are shown in proportion, like their 8-bit copies; darker ones are stretched. */
const FULL_RANGE_FROM = 16_384;
/** Values of missing data in elevation and other measurements. */
const MISSING = -9999;
const LARGEST = 1e30;

/**
 * A picture with values beyond 8 bits as one of 8 bits: 16-bit values from 0 to 65,535 in proportion if the largest is at least
 * 16,384, everything else stretched from the smallest to the largest value. Values that are not finite count as missing.
 * @param depth what sharp calls the type of the values
 */
export async function deepPicture(open: () => Sharp, depth: Metadata["depth"]): Promise<Sharp> {
  const { values, width, height, channels } = await deepValues(open, depth);
  const colors = channels > 2 ? 3 : 1;
  const range = shownRange(
    values.filter((_, at) => at % channels < colors),
    depth,
  );
  const pixels = new Uint8Array(values.length);
  const scale = range.high > range.low ? 255 / (range.high - range.low) : 0;
  for (let at = 0; at < values.length; at++) {
    const value = values[at] as number;
    const isAlpha = at % channels >= colors;
    pixels[at] = isAlpha
      ? Math.round(value / 257)
      : Math.max(0, Math.min(255, Math.round((value - range.low) * scale)));
  }
  return sharp(pixels, { raw: { width, height, channels } }).toColourspace("srgb");
}

export interface DeepValues {
  readonly values: Uint16Array | Float32Array | Float64Array;
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 2 | 3 | 4;
}

/** The stored values of a picture, upright. Only 16-bit pictures keep their transparency. */
export async function deepValues(open: () => Sharp, depth: Metadata["depth"]): Promise<DeepValues> {
  const image = open().autoOrient();
  if (depth === "ushort") {
    const { channels: stored = 3 } = await open().metadata();
    const space = stored < 3 ? "grey16" : "rgb16";
    const { data, info } = await image
      .pipelineColourspace(space)
      .toColourspace(space)
      .raw({ depth: "ushort" })
      .toBuffer({ resolveWithObject: true });
    return { ...info, values: new Uint16Array(new Uint8Array(data).buffer) };
  }
  const { data, info } = await image
    .removeAlpha()
    .raw({ depth: "double" })
    .toBuffer({ resolveWithObject: true });
  return { ...info, values: new Float64Array(new Uint8Array(data).buffer) };
}

function shownRange(
  values: ArrayLike<number>,
  depth: Metadata["depth"],
): { low: number; high: number } {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let at = 0; at < values.length; at++) {
    const value = values[at] as number;
    if (!(Math.abs(value) < LARGEST) || value === MISSING) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return depth === "ushort" && high >= FULL_RANGE_FROM ? { low: 0, high: 65_535 } : { low, high };
}

import sharp, { type Sharp } from "sharp";
import { mirrorAndTurns } from "../evidence/orientation.ts";

/** Decoded pixels, interleaved: RGB, or RGBA with straight alpha. */
export interface Pixels {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly channels: 3 | 4;
}

/** A part of a picture in pixels, without `right` and `bottom`. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Decodes an image at this size. The aspect ratio is not kept. */
export async function pixelsOf(image: Sharp, width: number, height: number): Promise<Pixels> {
  const { data, info } = await image
    .resize(Math.max(1, width), Math.max(1, height), { fit: "fill" })
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height, channels: info.channels as 3 | 4 };
}

export async function scaleTo(pixels: Pixels, width: number, height: number): Promise<Pixels> {
  if (pixels.width === width && pixels.height === height) return pixels;
  return pixelsOf(imageOf(pixels), width, height);
}

function imageOf({ data, width, height, channels }: Pixels): Sharp {
  return sharp(data, { raw: { width, height, channels } });
}

/** @param orientation see orientation.ts */
export async function turn(pixels: Pixels, orientation: number): Promise<Pixels> {
  const { mirrored, turns } = mirrorAndTurns(orientation);
  const image = mirrored ? imageOf(pixels).flop() : imageOf(pixels);
  const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  const turned = await sharp(data, { raw: { width, height, channels } })
    .rotate(90 * turns)
    .raw()
    .toBuffer({ resolveWithObject: true });
  const { width: w, height: h } = turned.info;
  return { data: turned.data, width: w, height: h, channels: pixels.channels };
}

export function cut(
  { data, width, height, channels }: Pixels,
  { left, top, right, bottom }: Box,
): Pixels {
  const [w, h] = [Math.max(1, right - left), Math.max(1, bottom - top)];
  if (w === width && h === height) return { data, width, height, channels };
  const into = new Uint8Array(w * h * channels);
  for (let row = 0; row < h; row++) {
    const from = (Math.min(height - 1, top + row) * width + left) * channels;
    into.set(data.subarray(from, from + w * channels), row * w * channels);
  }
  return { data: into, width: w, height: h, channels };
}

/** Sum over channels, in levels, from which a pixel differs from a picture's ground. */
const CONTENT_LEVELS = 48;
/** Pixels around the content that belong to its box. */
const MARGIN = 12;

/** The smallest box around everything that differs from a picture's most frequent tone; `null` if nothing does. */
export function contentBox({ data, width, height, channels }: Pixels): Box | null {
  const ground = groundTone(data, channels);
  let [left, top, right, bottom] = [width, height, 0, 0];
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++, at += channels) {
      let difference = 0;
      for (let channel = 0; channel < channels; channel++)
        difference += Math.abs((data[at + channel] as number) - (ground[channel] as number));
      if (difference < CONTENT_LEVELS) continue;
      left = Math.min(left, x);
      right = Math.max(right, x + 1);
      top = Math.min(top, y);
      bottom = y + 1;
    }
  if (right === 0) return null;
  return {
    left: Math.max(0, left - MARGIN),
    top: Math.max(0, top - MARGIN),
    right: Math.min(width, right + MARGIN),
    bottom: Math.min(height, bottom + MARGIN),
  };
}

const LEVELS = 256;

/** The median of each channel. */
function groundTone(data: Uint8Array, channels: number): number[] {
  const half = data.length / channels / 2;
  return Array.from({ length: channels }, (_, channel) => {
    const counts = new Uint32Array(LEVELS);
    for (let at = channel; at < data.length; at += channels)
      counts[data[at] as number] = (counts[data[at] as number] as number) + 1;
    let level = 0;
    for (let sum = counts[0] as number; sum < half; sum += counts[level] as number) level++;
    return level;
  });
}

export function unite(a: Box | null, b: Box | null): Box | null {
  if (!a || !b) return a ?? b;
  return {
    left: Math.min(a.left, b.left),
    top: Math.min(a.top, b.top),
    right: Math.max(a.right, b.right),
    bottom: Math.max(a.bottom, b.bottom),
  };
}

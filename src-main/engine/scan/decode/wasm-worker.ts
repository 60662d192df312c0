import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parentPort } from "node:worker_threads";
import {
  ColorSpace,
  ImageMagick,
  initializeImageMagick,
  MagickFormat,
  MagickReadSettings,
  ResourceLimits,
} from "@imagemagick/magick-wasm";

export interface DecodeRequest {
  readonly bytes: Uint8Array;
  readonly format: "heic" | "bmp" | "tiff";
}

export type DecodeReply =
  | { readonly ok: true; width: number; height: number; channels: 3 | 4; pixels: Uint8Array }
  | { readonly ok: false; reason: string };

/** Allocation limits in pixels: a hostile header may claim any size. */
const MAX_SIDE = 16384n;
const MAX_AREA = 16384n * 8192n;

const ready = readFile(
  fileURLToPath(import.meta.resolve("@imagemagick/magick-wasm/magick.wasm")),
).then(async (wasm) => {
  await initializeImageMagick(wasm);
  ResourceLimits.width = MAX_SIDE;
  ResourceLimits.height = MAX_SIDE;
  ResourceLimits.area = MAX_AREA;
});

parentPort?.on("message", async ({ bytes, format }: DecodeRequest) => {
  let reply: DecodeReply;
  try {
    await ready;
    reply = { ok: true, ...decode(bytes, format) };
  } catch (cause) {
    reply = { ok: false, reason: cause instanceof Error ? cause.message : String(cause) };
  }
  parentPort?.postMessage(reply);
});

const FORMATS = { bmp: MagickFormat.Bmp, heic: MagickFormat.Heic, tiff: MagickFormat.Tiff };

function decode(bytes: Uint8Array, format: DecodeRequest["format"]) {
  const settings = new MagickReadSettings({
    format: FORMATS[format],
    frameIndex: 0,
    frameCount: 1,
  });
  return ImageMagick.read(bytes, settings, (image) => {
    image.autoOrient();
    image.colorSpace = ColorSpace.sRGB;
    const { width, height, hasAlpha } = image;
    const channels = hasAlpha ? 4 : 3;
    const order = hasAlpha ? "RGBA" : "RGB";
    const pixels = image.getPixels((all) => all.toByteArray(0, 0, width, height, order));
    if (!pixels) throw new Error("The decoder returned no pixels");
    return { width, height, channels, pixels } as const;
  });
}

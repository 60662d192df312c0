import { readFileSync } from "node:fs";
import sharp, { type Sharp } from "sharp";
import { drawSvg } from "../../src-main/engine/demo/draw.ts";
import { animatedPng, bitmap, type Painter } from "../support/handmade-images.ts";

const WIDTH = 64;
const HEIGHT = 48;
const EXIF = { IFD0: { Copyright: "nobody", Model: "none", Orientation: "6" } };

/** Small valid images by name, in every format that a scan reads and in the variants that take other paths through a decoder. */
export async function seedImages(): Promise<ReadonlyMap<string, Buffer>> {
  const svg = Buffer.from(drawSvg({ subject: "mountains", seed: 1 }));
  const drawn = sharp(await sharp(svg).flatten().resize(WIDTH, HEIGHT).png().toBuffer());
  const deep = drawn.clone().toColourspace("rgb16");
  const alpha = drawn.clone().ensureAlpha(0.5);
  const frames = await animation();
  const { data } = await drawn.clone().raw().toBuffer({ resolveWithObject: true });
  const paint: Painter = (x, y) => {
    const at = 3 * (y * WIDTH + x);
    return [data[at] ?? 0, data[at + 1] ?? 0, data[at + 2] ?? 0];
  };
  const pixmap = (magic: string, bytes: Uint8Array) =>
    Buffer.concat([Buffer.from(`${magic}\n${WIDTH} ${HEIGHT}\n255\n`), bytes]);
  const made: Record<string, Sharp> = {
    "jpeg exif": drawn.clone().withExif(EXIF).jpeg(),
    "jpeg progressive": drawn.clone().jpeg({ progressive: true }),
    "jpeg cmyk": drawn.clone().toColourspace("cmyk").jpeg(),
    "jpeg gray": drawn.clone().grayscale().jpeg(),
    png: drawn.clone().withExif(EXIF).png(),
    "png interlaced": alpha.clone().png({ progressive: true }),
    "png palette": drawn.clone().png({ palette: true }),
    "png 16 bits": deep.clone().png(),
    webp: drawn.clone().withExif(EXIF).webp(),
    "webp lossless": alpha.clone().webp({ lossless: true }),
    "webp animated": frames.clone().webp(),
    "gif animated": frames.clone().gif(),
    "tiff lzw": drawn.clone().tiff({ compression: "lzw" }),
    "tiff jpeg": drawn.clone().tiff({ compression: "jpeg" }),
    "tiff tiles": drawn.clone().tiff({ compression: "deflate", tile: true }),
    "tiff 16 bits": deep.clone().tiff({ compression: "none" }),
    "tiff lab": drawn.clone().toColourspace("lab").tiff({ compression: "none" }),
    avif: drawn.clone().avif({ effort: 0 }),
  };
  const encoded = Object.entries(made).map(
    async ([name, image]) => [name, await image.toBuffer()] as const,
  );
  return new Map([
    ...(await Promise.all(encoded)),
    ["png animated", animatedPng(WIDTH, HEIGHT, paint, (x, y) => paint(y % WIDTH, x % HEIGHT))],
    ["bmp 24 bits", bitmap({ width: WIDTH, height: HEIGHT, bits: 24, paint })],
    ["bmp palette", bitmap({ width: WIDTH, height: HEIGHT, bits: 8, paint })],
    ["ppm", pixmap("P6", data)],
    ["pgm", pixmap("P5", data.subarray(0, WIDTH * HEIGHT))],
    ["heic", readFileSync(new URL("../fixtures/formats/drawn.heic", import.meta.url))],
  ]);
}

/** Three frames of moving stripes. */
async function animation(): Promise<Sharp> {
  const frame = (seed: number) =>
    sharp(Buffer.from(drawSvg({ subject: "still-life", seed })))
      .flatten()
      .resize(WIDTH, HEIGHT)
      .png()
      .toBuffer();
  return sharp(await Promise.all([frame(1), frame(2), frame(3)]), { join: { animated: true } });
}

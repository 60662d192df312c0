import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import sharp, { type Sharp } from "sharp";
import { drawSvg } from "../../src-main/engine/demo/draw.ts";
import { freshFolder } from "./fresh-folder.ts";

/** The subjects that are fastest to draw. */
const SUBJECTS = ["mountains", "still-life"] as const;
const WIDTH = 160;
const HEIGHT = 120;
const drawn = new Map<number, Promise<Buffer>>();

/** An image that no other seed gives, 160 x 120. */
export function picture(seed: number): Sharp {
  const subject = SUBJECTS[seed % SUBJECTS.length] ?? SUBJECTS[0];
  return sharp(Buffer.from(drawSvg({ subject, seed })))
    .flatten()
    .resize(WIDTH, HEIGHT);
}

/** The seed's image as a JPEG, with the same bytes each time. */
export function drawnJpeg(seed: number): Promise<Buffer> {
  const bytes = drawn.get(seed) ?? picture(seed).jpeg().toBuffer();
  drawn.set(seed, bytes);
  return bytes;
}

/** File contents by path below a folder. A number is the seed of a drawn image. */
export type Contents = Readonly<Record<string, Buffer | string | number>>;

/** Writes files below `root`, creating folders as needed. */
export async function writeFiles(root: string, contents: Contents): Promise<void> {
  for (const [path, content] of Object.entries(contents)) {
    const file = join(root, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, typeof content === "number" ? await drawnJpeg(content) : content);
  }
}

/** A new folder with these files. */
export async function folderOf(contents: Contents): Promise<string> {
  const root = freshFolder();
  await writeFiles(root, contents);
  return root;
}

/** Names for `count` different images in a folder: `cat/001.jpg` has seed 1, and so on from `firstSeed`. */
export function pictures(folder: string, count: number, firstSeed = 1): Record<string, number> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, i) => {
      const seed = firstSeed + i;
      return [join(folder, `${String(seed).padStart(3, "0")}.jpg`), seed];
    }),
  );
}

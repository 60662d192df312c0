import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import sharp, { type Sharp } from "sharp";
import { drawSvg } from "../../src-main/engine/demo/draw.ts";
import { freshFolder } from "./fresh-folder.ts";

/** The subjects that draw fastest. */
const SUBJECTS = ["mountains", "still-life"] as const;
const WIDTH = 160;
const HEIGHT = 120;
const drawn = new Map<number, Promise<Buffer>>();

/** A picture that no other seed gives, 160 x 120. */
export function picture(seed: number): Sharp {
  const subject = SUBJECTS[seed % SUBJECTS.length] ?? SUBJECTS[0];
  return sharp(Buffer.from(drawSvg({ subject, seed })))
    .flatten()
    .resize(WIDTH, HEIGHT);
}

/** The picture of a seed as a JPEG, the same bytes each time. */
export function drawnJpeg(seed: number): Promise<Buffer> {
  const bytes = drawn.get(seed) ?? picture(seed).jpeg().toBuffer();
  drawn.set(seed, bytes);
  return bytes;
}

/** Contents of files by their paths below a folder; a number stands for the drawn picture of that seed. */
export type Contents = Readonly<Record<string, Buffer | string | number>>;

/** Writes files below `root`, making the folders that they lie in. */
export async function writeFiles(root: string, contents: Contents): Promise<void> {
  for (const [path, content] of Object.entries(contents)) {
    const file = join(root, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, typeof content === "number" ? await drawnJpeg(content) : content);
  }
}

/** A folder of its own with these files in it. */
export async function folderOf(contents: Contents): Promise<string> {
  const root = freshFolder();
  await writeFiles(root, contents);
  return root;
}

/** Names for `count` different pictures in a folder: `cat/001.jpg` shows seed 1, and so on from `firstSeed`. */
export function pictures(folder: string, count: number, firstSeed = 1): Record<string, number> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, i) => {
      const seed = firstSeed + i;
      return [join(folder, `${String(seed).padStart(3, "0")}.jpg`), seed];
    }),
  );
}

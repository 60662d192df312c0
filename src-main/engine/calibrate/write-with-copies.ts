import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { SeededRandom } from "../demo/seeded-random.ts";
import { editedCopy } from "./edited-copies.ts";

/** Share of pictures that get a copy. The rest provide strangers. */
const COPIED_SHARE = 0.5;
const DIGITS = 6;

export interface PicturesToCopy {
  /** Each returns an upright picture in a format that sharp reads, or `null` to skip its number. */
  readonly pictures: readonly (() => Promise<Buffer | null>)[];
  readonly random: SeededRandom;
  /** Encodes a picture or its copy as the JPEG to write. */
  readonly asJpeg: (bytes: Buffer) => Promise<Buffer>;
  readonly signal: AbortSignal;
}

/**
 * Writes pictures, and edited copies of some of them, into an empty folder. File names start with the picture's number.
 * @returns the numbers of pictures and copies written
 */
export async function writeWithCopies(
  folder: string,
  { pictures, random, asJpeg, signal }: PicturesToCopy,
): Promise<{ written: number; copied: number }> {
  let written = 0;
  let copied = 0;
  for (const [at, read] of pictures.entries()) {
    signal.throwIfAborted();
    const bytes = await read();
    if (!bytes) continue;
    const name = join(folder, String(at).padStart(DIGITS, "0"));
    await writeFile(`${name}.jpg`, await asJpeg(bytes));
    written++;
    if (!random.chance(COPIED_SHARE)) continue;
    await writeFile(`${name}-copy.jpg`, await asJpeg(await editedCopy(bytes, random)));
    copied++;
  }
  return { written, copied };
}

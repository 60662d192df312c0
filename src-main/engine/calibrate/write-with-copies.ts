import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { SeededRandom } from "../demo/seeded-random.ts";
import { editedCopy } from "./edited-copies.ts";

/** Share of pictures that get a copy: as many as leave enough of the rest to be strangers. */
const COPIED_SHARE = 0.5;
const DIGITS = 6;

export interface PicturesToCopy {
  /** Each gives a picture's bytes, in a format that sharp reads, upright; `null` leaves its number out. */
  readonly pictures: readonly (() => Promise<Buffer | null>)[];
  readonly random: SeededRandom;
  /** Makes the JPEG that is written of a picture or its copy. */
  readonly asJpeg: (bytes: Buffer) => Promise<Buffer>;
  readonly signal: AbortSignal;
}

/**
 * Writes pictures and an edited copy of some of them into an empty folder, each file named by the picture's number.
 * @returns how many pictures were written, and how many copies
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

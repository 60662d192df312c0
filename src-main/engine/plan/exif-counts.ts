import { readFile } from "node:fs/promises";
import sharp from "sharp";
import type { ParsedKeeperRules } from "../../contract/keeper.ts";
import { exifEntries } from "../pictures/exif-entries.ts";

/** Whether rules ask for what only the files themselves tell. */
export function needsExif({ order }: ParsedKeeperRules): boolean {
  return order.includes("exif");
}

/** Number of entries of EXIF by image; 0 for a file that is away or can't be read, which the checks before it goes will say. */
export async function exifCounts(
  places: ReadonlyMap<number, Buffer>,
): Promise<ReadonlyMap<number, number>> {
  const counts = new Map<number, number>();
  // One after the other: each is read whole.
  for (const [image, place] of places) {
    try {
      const { exif } = await sharp(await readFile(place), { limitInputPixels: false }).metadata();
      counts.set(image, exif ? exifEntries(exif).length : 0);
    } catch {
      counts.set(image, 0);
    }
  }
  return counts;
}

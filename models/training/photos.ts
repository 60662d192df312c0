import { execFileSync } from "node:child_process";
import { hash } from "node:crypto";
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** Same values as in prepare.py. */
const ARCHIVES = ["clothing", "grocery"];
const HELD_OUT = 400;
const CALIBRATION = 1000;

export interface Photo {
  /** `ARCHIVE/FILE.jpg` */
  readonly name: string;
  readonly file: string;
}

/** Archives that `unpackPhotos` reads. */
export function photoArchives(data: string): string[] {
  return ARCHIVES.map((archive) => join(data, `${archive}.tar`));
}

/**
 * Unpacks the photos that were not used for training, in the order of the split rule: see README.md.
 * @param data folder with the archives
 * @param folder to unpack into
 */
export function unpackPhotos(
  data: string,
  folder: string,
): { heldOut: Photo[]; calibration: Photo[] } {
  const photos = ARCHIVES.flatMap((archive) => {
    const target = join(folder, archive);
    mkdirSync(target, { recursive: true });
    execFileSync("tar", ["-xf", join(data, `${archive}.tar`), "-C", target]);
    return readdirSync(target, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => ({
        name: `${archive}/${entry.name}`,
        file: join(entry.parentPath, entry.name),
      }));
  });
  const ordered = photos
    .map((photo) => ({ photo, order: hash("sha256", photo.name) }))
    .sort((a, b) => (a.order < b.order ? -1 : 1))
    .map(({ photo }) => photo);
  return {
    heldOut: ordered.slice(0, HELD_OUT),
    calibration: ordered.slice(HELD_OUT, HELD_OUT + CALIBRATION),
  };
}

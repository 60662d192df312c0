import type { ImageId } from "../../../contract/ids.ts";
import type { PictureDetails } from "../../../contract/pictures.ts";
import type { Project } from "../../data/project-file.ts";
import { type ExifEntry, exifBlock, exifEntries } from "../../scan/decode/exif.ts";
import { sniffFormat } from "../../scan/decode/sniff.ts";
import {
  fileState,
  findPicture,
  type PictureFile,
  readAsScanned,
  statsOf,
} from "./picture-file.ts";

const NS_PER_MS = 1e6;
/** Larger files are not read for their EXIF data. */
const MAX_BYTES_FOR_EXIF = 64 * 1024 ** 2;

/**
 * Details of some images, in the same order. Those of a missing file come from the last scan.
 * @throws EngineError USAGE for an unknown image
 */
export async function pictureDetails(
  project: Project,
  images: readonly ImageId[],
): Promise<PictureDetails[]> {
  const pictures = images.map((image) => findPicture(project, image));
  const details: PictureDetails[] = [];
  // One at a time, because each file may be read completely.
  for (const picture of pictures) details.push(await detailsOf(picture));
  return details;
}

async function detailsOf(picture: PictureFile): Promise<PictureDetails> {
  const { image, split, file, path, label, sha256, width, height, bytes, format } = picture;
  const stats = await statsOf(picture);
  return {
    image,
    split,
    file,
    path,
    label,
    sha256,
    width,
    height,
    bytes,
    format,
    modifiedAt: stats ? Math.round(Number(stats.mtimeNs) / NS_PER_MS) : null,
    exif: await exifOf(picture),
  };
}

/** Empty for a file that is missing, has changed since the scan, or has no EXIF data. */
async function exifOf(picture: PictureFile): Promise<ExifEntry[]> {
  if (picture.bytes > MAX_BYTES_FOR_EXIF) return [];
  try {
    const bytes = await readAsScanned(picture, await fileState(picture));
    const format = sniffFormat(bytes);
    const block = format && (await exifBlock(bytes, format));
    return block ? exifEntries(block) : [];
  } catch {
    return []; // The image itself is shown next to the details and reports the error.
  }
}

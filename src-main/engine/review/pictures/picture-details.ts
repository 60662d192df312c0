import { stat } from "node:fs/promises";
import type { ImageId } from "../../../contract/ids.ts";
import type { PictureDetails } from "../../../contract/pictures.ts";
import type { Project } from "../../data/project-file.ts";
import { type ExifEntry, exifBlock, exifEntries } from "../../scan/decode/exif.ts";
import { sniffFormat } from "../../scan/decode/sniff.ts";
import { fileState, findPicture, type PictureFile, readAsScanned } from "./picture-file.ts";

/** A larger file is not read whole for its EXIF. */
const MOST_BYTES_FOR_EXIF = 64 * 1024 ** 2;

/**
 * What is to be said of some images, in the order asked for. A file that is away keeps what the scan knew of it.
 * @throws EngineError USAGE for an image that the project does not know.
 */
export async function pictureDetails(
  project: Project,
  images: readonly ImageId[],
): Promise<PictureDetails[]> {
  const pictures = images.map((image) => findPicture(project, image));
  const details: PictureDetails[] = [];
  // One after the other: each may be read whole.
  for (const picture of pictures) details.push(await detailsOf(picture));
  return details;
}

async function detailsOf(picture: PictureFile): Promise<PictureDetails> {
  const { image, split, file, path, label, sha256, width, height, bytes, format, place } = picture;
  const stats = await stat(place).catch(() => undefined);
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
    modifiedAt: stats ? Math.round(stats.mtimeMs) : null,
    exif: await exifOf(picture),
  };
}

/** Nothing for a file that is away, changed since the scan, or holds none. */
async function exifOf(picture: PictureFile): Promise<ExifEntry[]> {
  if (picture.bytes > MOST_BYTES_FOR_EXIF) return [];
  try {
    const bytes = await readAsScanned(picture, await fileState(picture));
    const format = sniffFormat(bytes);
    const block = format && (await exifBlock(bytes, format));
    return block ? exifEntries(block) : [];
  } catch {
    return []; // Details are shown beside the picture, which says for itself what is wrong with it.
  }
}

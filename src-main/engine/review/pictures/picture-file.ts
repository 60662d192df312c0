import { hash } from "node:crypto";
import type { BigIntStats } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { EngineError } from "../../../contract/errors.ts";
import type { ImageId } from "../../../contract/ids.ts";
import { pathTextFromBytes } from "../../../text/paths.ts";
import { foldersOf } from "../../../text/splits.ts";
import { storedImage } from "../../data/files-table.ts";
import type { Project } from "../../data/project-file.ts";
import { projectLinkRoots } from "../../data/project-link-roots.ts";
import { absolutePath, labelOf, OutsideFoldersError, requireInside } from "../../files/paths.ts";
import { systemErrorCode, systemErrorReason } from "../../files/system-errors.ts";

/** An image file as the last scan saw it. */
export interface PictureFile {
  readonly image: ImageId;
  readonly split: string;
  /** Its split's folder. */
  readonly roots: readonly string[];
  /** Real paths of folders that the file may be in, if its path leads through a link. */
  readonly linkRoots: readonly string[];
  /** Relative to its split's folder, as text. */
  readonly path: string;
  readonly label: string | null;
  /** Absolute path as bytes, for opening the file. */
  readonly pathBytes: Buffer;
  /** Absolute path as text. */
  readonly file: string;
  readonly bytes: number;
  readonly modifiedNs: bigint;
  readonly content: number;
  /** SHA-256 of its bytes, in hexadecimal. */
  readonly sha256: string;
  /** In pixels, after EXIF rotation. */
  readonly width: number;
  readonly height: number;
  readonly format: string;
}

/** @throws EngineError USAGE for an unknown image */
export function findPicture(project: Project, image: ImageId): PictureFile {
  const row = storedImage(project, image);
  const pathBytes = absolutePath(row.root, row.path);
  const path = pathTextFromBytes(row.path);
  return {
    image,
    split: row.split,
    roots: foldersOf(row),
    linkRoots: row.isLinked ? projectLinkRoots(project) : [],
    path,
    label: labelOf(path, row.folders),
    pathBytes,
    file: pathTextFromBytes(pathBytes),
    bytes: row.bytes,
    modifiedNs: row.modifiedNs,
    content: row.content,
    sha256: row.sha256,
    width: row.width,
    height: row.height,
    format: row.format,
  };
}

/**
 * - `same`: size and modification time match the scan
 * - `touched`: only the modification time differs, so the content must be compared
 * - `changed`: the size differs
 * - `away`: the file does not exist or is unreachable
 */
export type FileState = "same" | "touched" | "changed" | "away";

/** @throws EngineError PROJECT_INVALID for a file outside its split's folder */
export async function fileState(picture: PictureFile): Promise<FileState> {
  const { bytes, modifiedNs } = picture;
  const stats = await statsOf(picture);
  if (!stats?.isFile()) return "away";
  if (Number(stats.size) !== bytes) return "changed";
  return stats.mtimeNs === modifiedNs ? "same" : "touched";
}

/**
 * The file that the picture's path leads to; `null` if it does not exist or is unreachable.
 * @throws EngineError PROJECT_INVALID for a file outside its split's folder
 */
export async function statsOf({
  pathBytes,
  roots,
  linkRoots,
  file,
}: PictureFile): Promise<BigIntStats | null> {
  try {
    await requireInside(pathBytes, roots, "file", linkRoots);
    return await stat(pathBytes, { bigint: true });
  } catch (cause) {
    if (!(cause instanceof OutsideFoldersError)) return null;
    throw new EngineError(
      "PROJECT_INVALID",
      `The project names the file ${file}, which is outside its split's folder ${roots[0]}. It is not read. Scan the folder again.`,
      { cause },
    );
  }
}

/**
 * Reads the file if its bytes are those of the last scan.
 * @param state from {@link fileState}
 * @throws EngineError FOLDER_UNAVAILABLE if the file is missing or has changed
 */
export async function readAsScanned(picture: PictureFile, state: FileState): Promise<Buffer> {
  if (state === "changed") throw changed(picture);
  if (state === "away") throw away(picture);
  const bytes = await readFile(picture.pathBytes).catch((cause: unknown) => {
    throw away(picture, cause);
  });
  if (state === "touched" && hash("sha256", bytes, "hex") !== picture.sha256)
    throw changed(picture);
  return bytes;
}

function changed({ file }: PictureFile): EngineError {
  return new EngineError(
    "FOLDER_UNAVAILABLE",
    `The file ${file} changed since the scan. Scan again to see its current content.`,
  );
}

function away({ file }: PictureFile, cause?: unknown): EngineError {
  return new EngineError(
    "FOLDER_UNAVAILABLE",
    cause === undefined || systemErrorCode(cause) === "ENOENT"
      ? `The file ${file} does not exist. Connect its drive, or scan again.`
      : `The file ${file} cannot be read: ${systemErrorReason(cause)}.`,
    { cause },
  );
}

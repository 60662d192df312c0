import { realpath } from "node:fs/promises";
import { relative } from "node:path";
import { pathTextFromBytes } from "../../../text/paths.ts";
import { foldersOf } from "../../../text/splits.ts";
import { storedImage } from "../../data/files-table.ts";
import type { Project } from "../../data/project-file.ts";
import { absolutePath, contains } from "../../files/paths.ts";
import { digestOf, type FileFacts, folderOf, look } from "./file-state.ts";

const LINKED = "other paths lead to the same file";
const CHANGED = "it has changed since the scan. Scan again";

/** An image file as the project knows it. */
export interface ScannedFile extends FileFacts {
  readonly split: string;
  readonly root: string;
  /** The split's folders below `root`, if it has several. */
  readonly folders?: readonly string[];
  /** Absolute. */
  readonly path: Buffer;
  /** Whether it is a readable image of one of the last scan's splits. */
  readonly present: boolean;
  readonly protected: boolean;
  /** The path leads through a link, or other paths lead to the file. */
  readonly isLinked: boolean;
}

/** Reads one image's row. @throws EngineError USAGE if the project has no such image */
export function scannedFile(project: Project, image: number): ScannedFile {
  const row = storedImage(project, image);
  return {
    split: row.split,
    root: row.root,
    ...(row.folders && { folders: row.folders }),
    path: absolutePath(row.root, row.path),
    bytes: row.bytes,
    modifiedNs: row.modifiedNs,
    sha256: row.sha256,
    present: row.isPresent,
    protected: row.isProtected,
    isLinked: row.isLinked,
  };
}

/** Why an image must be kept: missing, changed, protected or outside its split. `null` if it can be removed. */
export async function reasonToStay(file: ScannedFile): Promise<string | null> {
  if (!file.present) return "it is no longer in the project";
  if (file.protected) return `its split ${file.split} is protected`;
  if (file.isLinked) return LINKED;
  return reasonOnDisk(file);
}

/** Whether any of these images is unchanged since the scan and is not the very file that is removed, reached through a new link. */
export async function isAnyThere(
  files: Iterable<ScannedFile>,
  removed: ScannedFile,
): Promise<boolean> {
  const gone = await realpath(removed.path, "buffer");
  for (const file of files) {
    if (!file.present || (await reasonOnDisk(file)) !== null) continue;
    if (!gone.equals(await realpath(file.path, "buffer"))) return true;
  }
  return false;
}

/** Why a file is not as it was scanned; `null` if it is. */
async function reasonOnDisk({
  path,
  root,
  folders,
  bytes,
  sha256,
}: ScannedFile): Promise<string | null> {
  try {
    // Check first: a parent folder may have been replaced with a link.
    const outside = await reasonOfPath(path, foldersOf({ root, folders }));
    if (outside !== null) return outside;
    const there = await look(path);
    if (!there) return "it is missing";
    if (!there.isFile()) return "it is a link or not a regular file";
    if (Number(there.size) !== bytes) return CHANGED;
    // Always by content: another file may have the same size and time.
    return (await digestOf(path)) === sha256 ? null : CHANGED;
  } catch (cause) {
    return readError(cause);
  }
}

/** Why a path is not inside one of these folders. A file reached through a linked folder may be the very copy that is kept. */
export async function reasonOfPath(path: Buffer, roots: readonly string[]): Promise<string | null> {
  const folder = folderOf(path);
  const real = pathTextFromBytes(await realpath(folder, "buffer"));
  let reason = `it is outside its split's folder ${roots[0] ?? ""}`;
  for (const root of roots) {
    const realRoot = await realpath(root).catch(() => null);
    if (realRoot === null || !contains(realRoot, real)) continue;
    if (relative(realRoot, real) === relative(root, pathTextFromBytes(folder))) return null;
    reason = "it is reached through a link";
  }
  return reason;
}

function readError(cause: unknown): string {
  const { code } = cause as NodeJS.ErrnoException;
  if (code === "ENOENT" || code === "ENOTDIR") return "it is missing";
  return `it cannot be read: ${code ?? String(cause)}`;
}

import { lstat, realpath } from "node:fs/promises";
import { relative, resolve, sep } from "node:path";
import { bytesFromPathText, pathTextFromBytes } from "../../text/paths.ts";
import { systemErrorCode } from "./system-errors.ts";

const SLASH = Buffer.from("/");
const IS_WINDOWS = sep === "\\";

/** Whether `inner` is `outer` or a path below it. Both must be absolute and free of symbolic links. */
export function contains(outer: string, inner: string): boolean {
  const path = relative(outer, inner);
  return (
    path === "" || (path !== ".." && !path.startsWith(`..${sep}`) && resolve(outer, path) === inner)
  );
}

/** The absolute path of a file, as bytes: a name that is not valid UTF-8 would not survive as a string. */
export function absolutePath(root: string, path: Buffer): Buffer {
  return path.length === 0 ? Buffer.from(root) : Buffer.concat([Buffer.from(root), SLASH, path]);
}

/** Whether a path relative to a folder names something in it: no empty, `.` or `..` part, no drive, no NUL. Links are not resolved. */
export function staysInside(path: string): boolean {
  if (path.includes("\0") || (IS_WINDOWS && path.includes(":"))) return false;
  return withSlashes(path)
    .split("/")
    .every((part) => part !== "" && part !== "." && part !== "..");
}

/** A path from a project, plan or journal leads out of the folders that it may be in. Anyone may have written these files. */
export class OutsideFoldersError extends Error {
  override readonly name = "OutsideFoldersError";
}

/**
 * Checks a path from a project, plan or journal before it is read or written, with all links on its way resolved.
 * @param path absolute
 * @param roots absolute folders; the path must be inside one of them, both as written and as resolved
 * @param real real paths of more folders that the resolved path may be in, for links that are followed
 * @param target `file` resolves the path itself, to read what it leads to; `entry` resolves only its folder, to move or create it
 * @throws OutsideFoldersError, or the system's error if a folder cannot be resolved
 */
export async function requireInside(
  path: Buffer,
  roots: readonly string[],
  target: "file" | "entry",
  real: readonly string[] = [],
): Promise<void> {
  const text = pathTextFromBytes(path);
  const holding = roots.filter((root) => {
    const start = withSlashes(root).replace(/\/*$/, "/");
    return withSlashes(text).startsWith(start) && staysInside(text.slice(start.length));
  });
  if (holding.length > 0) {
    const resolved = pathTextFromBytes(await realPathOf(target === "file" ? path : parentOf(path)));
    if (real.some((folder) => contains(folder, resolved))) return;
    for (const root of holding) {
      const realRoot = await realPathOf(bytesFromPathText(root));
      if (contains(pathTextFromBytes(realRoot), resolved)) return;
    }
  }
  throw new OutsideFoldersError(`${text} is outside the data set's folders`);
}

/** The real path of something that may not exist: links are resolved in the part that does. */
async function realPathOf(path: Buffer): Promise<Buffer> {
  try {
    return await realpath(path, "buffer");
  } catch (cause) {
    const parent = parentOf(path);
    const isMissing = ["ENOENT", "ENOTDIR"].includes(systemErrorCode(cause) ?? "");
    const isLink = async () => (await lstat(path).catch(() => null))?.isSymbolicLink() ?? false;
    // A broken link could lead anywhere once its target exists.
    if (!isMissing || parent.length === path.length || (await isLink())) throw cause;
    return Buffer.concat([await realPathOf(parent), path.subarray(parent.length)]);
  }
}

function withSlashes(path: string): string {
  return IS_WINDOWS ? path.replaceAll(sep, "/") : path;
}

function parentOf(path: Buffer): Buffer {
  const end = Math.max(path.lastIndexOf("/"), IS_WINDOWS ? path.lastIndexOf(sep) : -1);
  return path.subarray(0, Math.max(1, end));
}

/**
 * A file's label in the ImageFolder layout: the first folder of its path below the split's folder; `null` for a file directly in it.
 * @param folders those of the split, relative to its root, if it has several
 */
export function labelOf(path: string, folders: readonly string[] = []): string | null {
  const folder = folders.find((name) => path.startsWith(`${name}/`));
  const start = folder === undefined ? 0 : folder.length + 1;
  const end = path.indexOf("/", start);
  return end < 0 ? null : path.slice(start, end);
}

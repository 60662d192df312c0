import { relative, resolve, sep } from "node:path";

const SLASH = Buffer.from("/");

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

/** A file's label in the ImageFolder layout: the first folder of its path; `null` for a file directly in the root. */
export function labelOf(path: string): string | null {
  const end = path.indexOf("/");
  return end < 0 ? null : path.slice(0, end);
}

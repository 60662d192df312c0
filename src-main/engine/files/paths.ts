import { relative, resolve, sep } from "node:path";

const SLASH = Buffer.from("/");

/** Whether `inner` is `outer` or lies below it; both absolute and free of symbolic links. */
export function contains(outer: string, inner: string): boolean {
  const path = relative(outer, inner);
  return (
    path === "" || (path !== ".." && !path.startsWith(`..${sep}`) && resolve(outer, path) === inner)
  );
}

/** The bytes to open a file by: a name that is not valid UTF-8 must not pass through a string. */
export function absolutePath(root: string, path: Buffer): Buffer {
  return path.length === 0 ? Buffer.from(root) : Buffer.concat([Buffer.from(root), SLASH, path]);
}

/** Class of a file in the ImageFolder layout: the first folder below the root; `null` for a file right in the root. */
export function labelOf(path: string): string | null {
  const end = path.indexOf("/");
  return end < 0 ? null : path.slice(0, end);
}

import { readFile, realpath } from "node:fs/promises";
import { extname, join, sep } from "node:path";

/** A file of the page, with its headers. */
export interface StaticFile {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".webp": "image/webp",
  ".woff2": "font/woff2",
  ".txt": "text/plain; charset=utf-8",
};

/** The build puts a content hash into these names, so they can be cached forever. */
const HASHED = /^\/assets\//;

/**
 * Reads a file of the built page.
 * @param folder the page's folder; nothing outside it is read.
 * @param pathname the path of the URL, `/` for the page itself.
 * @returns `undefined` if there is no such file.
 */
export async function staticFile(
  folder: string,
  pathname: string,
): Promise<StaticFile | undefined> {
  const name = fileName(pathname);
  const type = name === undefined ? undefined : TYPES[extname(name)];
  if (name === undefined || type === undefined) return undefined;
  try {
    const root = await realpath(folder);
    const file = await realpath(join(root, name));
    if (!file.startsWith(root + sep)) return undefined;
    return {
      headers: {
        "content-type": type,
        "cache-control": HASHED.test(pathname)
          ? "private, max-age=31536000, immutable"
          : "no-cache",
      },
      body: await readFile(file),
    };
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR" || code === "EISDIR" || code === "ENAMETOOLONG")
      return undefined;
    throw cause;
  }
}

/** @returns the path relative to the page's folder; `undefined` if it could lead outside. */
function fileName(pathname: string): string | undefined {
  let name: string;
  try {
    name = decodeURIComponent(pathname);
  } catch {
    return undefined;
  }
  if (name === "/") return "index.html";
  const parts = name.slice(1).split("/");
  const isPlain = parts.every((part) => /^[\w][\w.-]*$/.test(part));
  return isPlain ? join(...parts) : undefined;
}

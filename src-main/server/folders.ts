import { readdir, realpath, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, dirname, isAbsolute, join, normalize, relative, sep } from "node:path";
import { ORPCError } from "@orpc/server";
import { outsideRoots } from "../app/host-services.ts";
import type { FolderListing } from "../contract/host.ts";
import { bytesFromPathText, pathTextFromBytes } from "../text/paths.ts";

const PROJECT_ENDING = ".twinlens";
/** The cache folder next to a project. */
const CACHE_ENDING = ".twinlens.cache";

/** The folders that a page may see. Every path is resolved through its links before it is checked. */
export class Folders {
  /** Folders that can be browsed, as real paths. */
  readonly roots: readonly string[];
  /** Folders that may be read and written, but not browsed. */
  readonly #alsoInside: string[];

  private constructor(roots: readonly string[], alsoInside: string[]) {
    this.roots = roots;
    this.#alsoInside = alsoInside;
  }

  /**
   * @param roots existing folders.
   * @param own the program's data folder; it need not exist.
   * @throws if a root is not a folder.
   */
  static async within(roots: readonly string[], own: string): Promise<Folders> {
    const realRoots = await Promise.all(
      roots.map(async (root) => {
        const real = await realPath(root);
        if (!(await isFolder(real)))
          throw new Error(`The root ${root} is not a folder. Choose an existing folder.`);
        return real;
      }),
    );
    return new Folders([...new Set(realRoots)], [await realPath(own)]);
  }

  /**
   * Allows a folder of a project that the user named.
   * @param path absolute
   * @throws OUTSIDE_ROOTS if it is not allowed yet and contains the home folder
   */
  async allow(path: string): Promise<void> {
    const real = isPlain(path) ? await realPath(path) : undefined;
    if (real !== undefined && this.#holds(real)) return;
    if (real === undefined || isInside(await realPath(homedir()), real))
      throw outsideRoots(
        `The project uses ${path}, which is too much to allow unasked. If you trust the project, restart Twinlens with --root ${path}.`,
      );
    this.#alsoInside.push(real);
  }

  /**
   * @param path absolute; it need not exist yet. See text/paths.ts for names that are not UTF-8.
   * @throws OUTSIDE_ROOTS if it leads out of the allowed folders.
   */
  async require(path: string): Promise<void> {
    const real = isPlain(path) ? await realPath(path) : undefined;
    if (real === undefined || !this.#holds(real))
      throw outsideRoots(
        `${path} is outside the folders that Twinlens may use. Restart it with --root to add a folder.`,
      );
  }

  #holds(real: string): boolean {
    return [...this.roots, ...this.#alsoInside].some((root) => isInside(real, root));
  }

  /** @param path `null` for the first root. */
  async list(path: string | null): Promise<FolderListing> {
    const [first = sep] = this.roots;
    if (path !== null && !(isAbsolute(path) && !path.includes("\0"))) throw this.#notListed(path);
    const real = path === null ? first : await realPath(path);
    if (!this.#isBrowsable(real)) throw this.#notListed(path ?? first);
    if (!(await isFolder(real)))
      throw unavailable(`${real} does not exist or is not a folder. Choose another folder.`);
    const above = dirname(real);
    const entries = await this.#entries(real);
    return {
      path: real,
      parent: above !== real && this.#isBrowsable(above) ? above : null,
      folders: entries.filter(({ kind }) => kind === "folder").map(named),
      projects: entries.filter(({ kind }) => kind === "project").map(named),
      roots: [...this.roots],
    };
  }

  /** A folder's subfolders and projects, without hidden ones and links that lead outside. */
  async #entries(folder: string) {
    const entries = await Promise.all(
      (await visibleEntries(folder)).map(async ({ name, isFile, isLink }) => {
        const path = join(folder, name);
        // A folder may hold 100,000 images. Only possible folders and projects are resolved.
        if (!isFile && !isLink) return [{ kind: "folder", path }];
        if (isFile && !name.endsWith(PROJECT_ENDING)) return [];
        const real = await realPath(path);
        if (!this.#isBrowsable(real)) return [];
        if (await isFolder(real)) return [{ kind: "folder", path }];
        return name.endsWith(PROJECT_ENDING) ? [{ kind: "project", path }] : [];
      }),
    );
    return entries.flat();
  }

  /** Whether the path is inside a root, with no hidden folder on the way. */
  #isBrowsable(real: string): boolean {
    return this.roots.some((root) => {
      if (!isInside(real, root)) return false;
      return !relative(root, real)
        .split(sep)
        .some((part) => part.startsWith("."));
    });
  }

  #notListed(path: string): Error {
    return outsideRoots(
      `${path} is outside the folders that Twinlens may use. Restart it with --root to add a folder.`,
    );
  }
}

/** The meaning of `a/../b` depends on links and on the reader. Twinlens never writes such paths. */
function isPlain(path: string): boolean {
  return isAbsolute(path) && normalize(path) === path && !path.includes("\0");
}

/** A folder's folders, files and links in natural order of their names, without hidden ones. */
async function visibleEntries(folder: string) {
  try {
    const entries = await readdir(bytesFromPathText(folder), {
      encoding: "buffer",
      withFileTypes: true,
    });
    return entries
      .filter((entry) => entry.isDirectory() || entry.isFile() || entry.isSymbolicLink())
      .map((entry) => ({
        name: pathTextFromBytes(entry.name),
        isFile: entry.isFile(),
        isLink: entry.isSymbolicLink(),
      }))
      .filter(({ name }) => !name.startsWith(".") && !name.endsWith(CACHE_ENDING))
      .sort((a, b) => byName(a.name, b.name));
  } catch (cause) {
    throw unavailable(
      `Cannot read ${folder}: ${(cause as NodeJS.ErrnoException).code}. Choose another folder.`,
    );
  }
}

const inNaturalOrder = new Intl.Collator("en", { numeric: true });

function byName(a: string, b: string): number {
  return inNaturalOrder.compare(a, b) || (a < b ? -1 : 1);
}

function named({ path }: { path: string }): { name: string; path: string } {
  return { name: basename(path), path };
}

function unavailable(message: string): Error {
  return new ORPCError("FOLDER_UNAVAILABLE", { defined: true, message });
}

/** Both are real paths. */
function isInside(real: string, root: string): boolean {
  return real === root || real.startsWith(root.endsWith(sep) ? root : root + sep);
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(bytesFromPathText(path)).catch(() => null))?.isDirectory() ?? false;
}

/** Resolves links in the part of the path that exists. */
async function realPath(path: string): Promise<string> {
  try {
    return pathTextFromBytes(await realpath(bytesFromPathText(path), { encoding: "buffer" }));
  } catch {
    const above = dirname(path);
    return above === path ? path : join(await realPath(above), basename(path));
  }
}

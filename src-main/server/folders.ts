import { readdir, realpath, stat } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, normalize, relative, sep } from "node:path";
import { ORPCError } from "@orpc/server";
import { outsideRoots } from "../app/host-services.ts";
import type { FolderListing } from "../contract/host.ts";
import { bytesFromPathText, pathTextFromBytes } from "../text/paths.ts";

const PROJECT_ENDING = ".twinlens";
/** Of the folder beside a project for what can be built again. */
const CACHE_ENDING = ".twinlens.cache";

/** The folders that a page may see. Every path is followed to where it really leads before it is judged. */
export class Folders {
  /** What a person may choose from, as real paths. */
  readonly roots: readonly string[];
  /** What else may be read and written though nobody browses it. */
  readonly #alsoInside: string[];

  private constructor(roots: readonly string[], alsoInside: string[]) {
    this.roots = roots;
    this.#alsoInside = alsoInside;
  }

  /**
   * @param roots folders that exist.
   * @param own the program's data folder, whether or not it exists.
   * @throws when a root is no folder.
   */
  static async within(roots: readonly string[], own: string): Promise<Folders> {
    const real = await Promise.all(
      roots.map(async (root) => {
        const place = await realPlace(root);
        if (!(await isFolder(place))) throw new Error(`The root ${root} is not a folder.`);
        return place;
      }),
    );
    return new Folders([...new Set(real)], [await realPlace(own)]);
  }

  /** Lets a folder in that the person has named in another way than as a root. */
  async allow(path: string): Promise<void> {
    this.#alsoInside.push(await realPlace(path));
  }

  /**
   * @param path absolute, as path-text.ts writes names; it need not exist yet.
   * @throws OUTSIDE_ROOTS when it leads out of all that may be used.
   */
  async require(path: string): Promise<void> {
    // What `a/../b` means depends on links, and on who reads it; nothing of ours writes it.
    const isPlain = isAbsolute(path) && normalize(path) === path && !path.includes("\0");
    const place = isPlain ? await realPlace(path) : undefined;
    const allowed = [...this.roots, ...this.#alsoInside];
    if (place === undefined || !allowed.some((root) => isInside(place, root)))
      throw outsideRoots(
        `${path} lies outside the folders that Twinlens was started for; start it with --root to add one.`,
      );
  }

  /** @param path `null` for the first root. */
  async list(path: string | null): Promise<FolderListing> {
    const [first = sep] = this.roots;
    if (path !== null && !(isAbsolute(path) && !path.includes("\0"))) throw this.#notListed(path);
    const place = path === null ? first : await realPlace(path);
    if (!this.#isBrowsable(place)) throw this.#notListed(path ?? first);
    if (!(await isFolder(place))) throw unavailable(`${place} is not a folder that can be read.`);
    const above = dirname(place);
    const entries = await this.#entries(place);
    return {
      path: place,
      parent: above !== place && this.#isBrowsable(above) ? above : null,
      folders: entries.filter(({ kind }) => kind === "folder").map(named),
      projects: entries.filter(({ kind }) => kind === "project").map(named),
      roots: [...this.roots],
    };
  }

  /** Folders and projects in a folder: neither what is hidden nor what leads out. */
  async #entries(folder: string) {
    const entries = await Promise.all(
      (await visibleEntries(folder)).map(async ({ name, isFile, isLink }) => {
        const path = join(folder, name);
        // A folder may hold a hundred thousand images; only what could be shown is looked at.
        if (!isFile && !isLink) return [{ kind: "folder", path }];
        if (isFile && !name.endsWith(PROJECT_ENDING)) return [];
        const place = await realPlace(path);
        if (!this.#isBrowsable(place)) return [];
        if (await isFolder(place)) return [{ kind: "folder", path }];
        return name.endsWith(PROJECT_ENDING) ? [{ kind: "project", path }] : [];
      }),
    );
    return entries.flat();
  }

  /** Inside a root, and nothing hidden on the way to it. */
  #isBrowsable(place: string): boolean {
    return this.roots.some((root) => {
      if (!isInside(place, root)) return false;
      return !relative(root, place)
        .split(sep)
        .some((part) => part.startsWith("."));
    });
  }

  #notListed(path: string): Error {
    return outsideRoots(`${path} lies outside the folders that Twinlens was started for.`);
  }
}

/** Folders, files and links of a folder in the order of their names, without those that are hidden. */
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
    throw unavailable(`${folder} can't be read (${(cause as NodeJS.ErrnoException).code}).`);
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

/** Both real. */
function isInside(place: string, root: string): boolean {
  return place === root || place.startsWith(root.endsWith(sep) ? root : root + sep);
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(bytesFromPathText(path)).catch(() => null))?.isDirectory() ?? false;
}

/** Where a path leads, links followed as far as it exists. */
async function realPlace(path: string): Promise<string> {
  try {
    return pathTextFromBytes(await realpath(bytesFromPathText(path), { encoding: "buffer" }));
  } catch {
    const above = dirname(path);
    return above === path ? path : join(await realPlace(above), basename(path));
  }
}

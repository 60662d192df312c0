import type { Dirent } from "node:fs";
import { readdir, realpath } from "node:fs/promises";
import { bytesFromPathText, pathTextFromBytes } from "../../../text/paths.ts";
import { foldersOf } from "../../../text/splits.ts";
import { imagesByPath, namesByImage } from "../../analysis/keeper/mask-images.ts";
import type { ProjectView, ViewedImage } from "../../data/project-view.ts";
import { absolutePathText } from "../../data/sidecar-names.ts";
import { contains } from "../../files/paths.ts";

/** Which sidecars to look for. */
export interface SidecarOptions {
  /** Additional name patterns. */
  readonly sidecars: readonly string[];
  /** Folders outside the splits whose files may be removed with images. */
  readonly sidecarRoots: readonly string[];
}

type Searched = Pick<ProjectView, "splits" | "images">;

/** A file that is removed with an image. */
export interface Sidecar {
  /** Relative to the folder of the image's split, or absolute if outside. */
  readonly name: string;
  /** Images removed earlier that share it: if one of them stays, the sidecar stays too. */
  readonly sharedWith: readonly number[];
}

/** The sidecars of a plan's images. */
export interface FoundSidecars {
  /** By image. A shared sidecar belongs to the last image to be removed. */
  readonly of: ReadonlyMap<number, readonly Sidecar[]>;
  /** Folders with sidecars that stay because they are outside all allowed folders. */
  readonly outside: readonly string[];
}

/**
 * Finds the sidecars of removed images on disk. A sidecar stays if it is shared with an image that stays, is in a protected split, or is
 * itself an image for which `stays` returns true.
 * @param going the removed images, in removal order
 */
export async function findSidecars(
  view: Searched,
  going: ReadonlySet<number>,
  { sidecars: patterns, sidecarRoots }: SidecarOptions,
  stays: (image: number) => boolean,
): Promise<FoundSidecars> {
  const imageAt = imagesByPath(view);
  const roots = await Promise.all([
    ...view.splits.flatMap((split) =>
      foldersOf(split).map((folder) => rootOf(folder, split.protected)),
    ),
    ...sidecarRoots.map((root) => rootOf(root, false)),
  ]);
  const folders = new Folders();
  const ownersOf = new Map<string, ViewedImage[]>();
  const outside = new Set<string>();
  for (const [image, names] of namesByImage(view, patterns)) {
    if (!going.has(image.id)) continue;
    for (const name of names) {
      const own = imageAt.get(name);
      if (own !== undefined && (going.has(own) || stays(own))) continue;
      const path = await folders.realPathOf(name);
      if (path === null) continue;
      const holding = roots.filter(({ real }) => real !== null && contains(real, path));
      if (holding.length === 0) outside.add(folderOf(name));
      else if (!holding.some(({ closed }) => closed)) {
        ownersOf.set(name, [...(ownersOf.get(name) ?? []), image]);
      }
    }
  }
  const sidecarImages = new Set(Array.from(ownersOf.keys(), (name) => imageAt.get(name)));
  for (const [image, names] of namesByImage(view, patterns)) {
    if (going.has(image.id) || sidecarImages.has(image.id)) continue;
    for (const name of names) ownersOf.delete(name);
  }
  const folderOfSplit = new Map(
    view.splits.map(({ name, root }) => [name, absolutePathText(root, "")]),
  );
  const turnOf = new Map(Array.from(going, (image, turn) => [image, turn]));
  const of = new Map<number, Sidecar[]>();
  for (const [name, owners] of ownersOf) {
    owners.sort((a, b) => (turnOf.get(a.id) ?? 0) - (turnOf.get(b.id) ?? 0));
    const last = owners.pop();
    if (!last) continue;
    const start = `${folderOfSplit.get(last.split)}/`;
    const sidecar = {
      name: name.startsWith(start) ? name.slice(start.length) : name,
      sharedWith: owners.map(({ id }) => id),
    };
    of.set(last.id, [...(of.get(last.id) ?? []), sidecar]);
  }
  return { of, outside: [...outside].sort() };
}

/** A folder whose files may be removed, unless it is `closed`. */
async function rootOf(root: string, closed: boolean) {
  return { real: await realpath(root).catch(() => null), closed };
}

function folderOf(name: string): string {
  return name.slice(0, name.lastIndexOf("/"));
}

/** Folder listings, each read once: checking every possible name on disk is slow. */
class Folders {
  readonly #known = new Map<string, Promise<{ real: string; files: ReadonlySet<string> } | null>>();

  /** The real path of a regular file; `null` if there is none. */
  async realPathOf(name: string): Promise<string | null> {
    const folder = folderOf(name);
    let listing = this.#known.get(folder);
    if (!listing) {
      listing = list(folder);
      this.#known.set(folder, listing);
    }
    const found = await listing;
    const file = name.slice(folder.length + 1);
    return found?.files.has(file) ? `${found.real}/${file}` : null;
  }
}

/** The regular files of a folder; `null` if it cannot be read. */
async function list(folder: string) {
  try {
    const path = bytesFromPathText(folder);
    const entries: Dirent<Buffer>[] = await readdir(path, {
      withFileTypes: true,
      encoding: "buffer",
    });
    const files = entries.filter((entry) => entry.isFile());
    return {
      real: pathTextFromBytes(await realpath(path, "buffer")),
      files: new Set(files.map(({ name }) => pathTextFromBytes(name))),
    };
  } catch {
    return null; // Nothing in it can be moved.
  }
}

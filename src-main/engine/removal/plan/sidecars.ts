import type { Dirent } from "node:fs";
import { readdir, realpath } from "node:fs/promises";
import { bytesFromPathText, pathTextFromBytes } from "../../../text/paths.ts";
import type { ProjectView, ViewedImage } from "../../data/project-view.ts";
import { contains } from "../../files/paths.ts";
import { placeIn, sidecarNames } from "./sidecar-names.ts";

/** What is asked of a project's files beside its images. */
export interface SidecarOptions {
  /** Patterns of the person's own. */
  readonly sidecars: readonly string[];
  /** Folders outside the splits whose files may travel. */
  readonly sidecarRoots: readonly string[];
}

type Searched = Pick<ProjectView, "splits" | "images">;

/** A file that travels with an image. */
export interface Sidecar {
  /** Relative to the image's split's folder, or absolute where it lies outside. */
  readonly name: string;
  /** Other images that go before and have it in common: as long as one of them stays it stays, too. */
  readonly sharedWith: readonly number[];
}

/** What travels with the images of a plan. */
export interface FoundSidecars {
  /** By image. One that several have in common travels with the last of them to go. */
  readonly of: ReadonlyMap<number, readonly Sidecar[]>;
  /** Folders with files that would travel but lie in no folder that may be touched. */
  readonly outside: readonly string[];
}

/** Images of a project that belong to another one as its mask: two black masks are no duplicates that one could do without. */
export function maskImages(view: Searched, patterns: readonly string[]): Set<number> {
  const imageAt = imagesByPlace(view);
  const masks = new Set<number>();
  for (const [, names] of namesByImage(view, patterns)) {
    for (const name of names) {
      const mask = imageAt.get(name);
      if (mask !== undefined) masks.add(mask);
    }
  }
  return masks;
}

/**
 * Looks on disk for the sidecars of images that go. One that an image which stays has in common with them stays, too, as does one
 * that lies in a protected split, or is itself an image that `stays` says may not go.
 * @param going in the order in which they go
 */
export async function findSidecars(
  view: Searched,
  going: ReadonlySet<number>,
  { sidecars: patterns, sidecarRoots }: SidecarOptions,
  stays: (image: number) => boolean,
): Promise<FoundSidecars> {
  const imageAt = imagesByPlace(view);
  const roots = await Promise.all([
    ...view.splits.map(({ root, protected: closed }) => rootOf(root, closed)),
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
      const place = await folders.placeOf(name);
      if (place === null) continue;
      const holding = roots.filter(({ real }) => real !== null && contains(real, place));
      if (holding.length === 0) outside.add(folderOf(name));
      else if (!holding.some(({ closed }) => closed)) {
        ownersOf.set(name, [...(ownersOf.get(name) ?? []), image]);
      }
    }
  }
  const travels = new Set(Array.from(ownersOf.keys(), (name) => imageAt.get(name)));
  for (const [image, names] of namesByImage(view, patterns)) {
    if (going.has(image.id) || travels.has(image.id)) continue;
    for (const name of names) ownersOf.delete(name);
  }
  const folderOfSplit = new Map(view.splits.map(({ name, root }) => [name, placeIn(root, "")]));
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

function* namesByImage(
  { splits, images }: Searched,
  patterns: readonly string[],
): Generator<[image: ViewedImage, names: string[]]> {
  const roots = new Map(splits.map(({ name, root }) => [name, root]));
  for (const image of images.values()) {
    yield [image, sidecarNames(roots.get(image.split) ?? "", image.path, patterns)];
  }
}

function imagesByPlace({ splits, images }: Searched): Map<string, number> {
  const roots = new Map(splits.map(({ name, root }) => [name, root]));
  return new Map(
    Array.from(images.values(), ({ id, split, path }) => [
      placeIn(roots.get(split) ?? "", path),
      id,
    ]),
  );
}

/** A folder whose files may travel; one that is `closed` lets none go. */
async function rootOf(root: string, closed: boolean) {
  return { real: await realpath(root).catch(() => null), closed };
}

function folderOf(name: string): string {
  return name.slice(0, name.lastIndexOf("/"));
}

/** Folders that were looked into, each once: asking for every name that a sidecar could have would take long. */
class Folders {
  readonly #known = new Map<string, Promise<{ real: string; files: ReadonlySet<string> } | null>>();

  /** The real place of a regular file that is there; `null` for any other name. */
  async placeOf(name: string): Promise<string | null> {
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

/** Regular files of a folder; `null` where there is none to be read. */
async function list(folder: string) {
  try {
    const place = bytesFromPathText(folder);
    const entries: Dirent<Buffer>[] = await readdir(place, {
      withFileTypes: true,
      encoding: "buffer",
    });
    const files = entries.filter((entry) => entry.isFile());
    return {
      real: pathTextFromBytes(await realpath(place, "buffer")),
      files: new Set(files.map(({ name }) => pathTextFromBytes(name))),
    };
  } catch {
    return null; // What is not there, or closed, holds nothing that could be moved.
  }
}

import { existsSync, realpathSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve, sep } from "node:path";
import { contains } from "./paths.ts";

/** What decides where links may lead. */
export interface LinkSources {
  readonly splits: readonly { readonly root: string }[];
  /** The data set's folders, if the person named them. */
  readonly roots?: readonly string[] | undefined;
  /** Folders that the person allows links to lead to. */
  readonly followLinks?: readonly string[] | undefined;
}

/**
 * The folders that links may lead to: the splits, the data set's root, the stores of DVC and of the Hugging Face hub that the data set
 * belongs to, and those that the person names.
 * @returns real paths of folders that exist
 */
export function linkRoots({ splits, roots: named, followLinks = [] }: LinkSources): string[] {
  const roots = splits.map((split) => split.root);
  const parent = named ?? [commonParent(roots)].filter((folder) => folder !== null);
  const stores = roots.flatMap(storesOf);
  const all = [...roots, ...parent, ...stores, ...followLinks];
  const real = all.flatMap((folder) => {
    try {
      return [realpathSync(resolve(folder))];
    } catch {
      return []; // does not exist
    }
  });
  return [...new Set(real)];
}

/** The folder that directly contains all of these; `null` if there is none, or if it is too general to be a data set. */
function commonParent(roots: readonly string[]): string | null {
  const [first, ...others] = roots.map((root) => dirname(resolve(root)));
  if (first === undefined || others.length === 0 || others.some((other) => other !== first))
    return null;
  return contains(first, resolve(homedir())) ? null : first;
}

/** `.dvc/cache` of the repository, and `blobs` next to the `snapshots` of a Hugging Face repository. */
function storesOf(root: string): string[] {
  const stores: string[] = [];
  let folder = resolve(root);
  for (let parent = dirname(folder); ; folder = parent, parent = dirname(folder)) {
    stores.push(join(folder, ".dvc", "cache"));
    if (folder.endsWith(`${sep}snapshots`)) stores.push(join(parent, "blobs"));
    if (parent === folder) break;
  }
  return stores.filter((store) => existsSync(store));
}

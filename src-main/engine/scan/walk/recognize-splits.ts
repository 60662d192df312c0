import { realpath, stat } from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";
import { EngineError } from "../../../contract/errors.ts";
import type { Split } from "../../../contract/scan-request.ts";
import { foldersOf, SPLIT_ORDER } from "../../../text/splits.ts";
import { contains } from "../../files/paths.ts";
import { folderUnavailable } from "../../files/system-errors.ts";

/** Name of the only split when a folder contains no split folders. */
const WHOLE_ROOT = "all";

/**
 * The splits of a root. Several folders of one split are joined.
 * @param folders names of the root's folders by split
 * @returns in display order; the whole root as one split `all` if there are none
 */
export function splitsOfFolders(
  root: string,
  folders: ReadonlyMap<string, readonly string[]>,
): Split[] {
  if (folders.size === 0) return [{ name: WHOLE_ROOT, root }];
  return SPLIT_ORDER.flatMap((name): Split[] => {
    const [first, ...others] = folders.get(name) ?? [];
    if (first === undefined) return [];
    return others.length === 0
      ? [{ name, root: join(root, first) }]
      : [{ name, root, folders: [first, ...others] }];
  });
}

/**
 * Makes the splits' folders absolute, joins splits of the same name, and rejects overlapping folders.
 * @throws EngineError USAGE when folders overlap; FOLDER_UNAVAILABLE when one does not exist
 */
export async function resolveSplits(splits: readonly Split[]): Promise<Split[]> {
  const named = new Map<string, RealFolder[]>();
  for (const split of splits) {
    for (const folder of foldersOf(split)) {
      const resolved = {
        name: split.name,
        folder: resolve(folder),
        real: await realFolder(folder),
      };
      requireApart(resolved, [...named.values()].flat());
      named.set(split.name, [...(named.get(split.name) ?? []), resolved]);
    }
  }
  return Array.from(named, ([name, resolved]) => {
    const given = splits.filter((split) => split.name === name);
    const [first] = given;
    if (given.length === 1 && first?.folders === undefined) {
      return { name, root: resolve(first?.root ?? "") };
    }
    const all = resolved.map(({ folder }) => folder);
    const root =
      given.length === 1 ? resolve(first?.root ?? "") : all.reduce(commonFolder, all[0] ?? "");
    return { name, root, folders: all.map((folder) => slashed(relative(root, folder))).sort() };
  });
}

interface RealFolder {
  /** Of the split. */
  readonly name: string;
  /** Absolute. */
  readonly folder: string;
  /** Without symbolic links. */
  readonly real: string;
}

async function realFolder(folder: string): Promise<string> {
  const absolute = resolve(folder);
  const real = await realpath(absolute).catch((cause: unknown) => {
    throw folderUnavailable(absolute, cause);
  });
  if (!(await stat(real)).isDirectory()) {
    throw new EngineError("FOLDER_UNAVAILABLE", `${absolute} is not a folder.`);
  }
  return real;
}

function requireApart({ name, folder, real }: RealFolder, others: readonly RealFolder[]): void {
  for (const other of others) {
    if (!contains(other.real, real) && !contains(real, other.real)) continue;
    const where =
      other.name === name
        ? `Two folders of the split "${name}"`
        : `The folders of the splits "${other.name}" and "${name}"`;
    throw new EngineError(
      "USAGE",
      `${where} overlap (${other.folder}, ${folder}). Choose folders that do not contain each other.`,
    );
  }
}

/** The innermost folder that contains both. @throws EngineError USAGE if they are on different drives */
function commonFolder(a: string, b: string): string {
  let folder = a;
  while (!contains(folder, b)) {
    if (dirname(folder) === folder) {
      throw new EngineError(
        "USAGE",
        `${a} and ${b} are on different drives, so they cannot be one split. Give each its own split name.`,
      );
    }
    folder = dirname(folder);
  }
  return folder;
}

function slashed(path: string): string {
  return sep === "/" ? path : path.replaceAll(sep, "/");
}

import type { BigIntStats } from "node:fs";

/** A file in a split's folder. */
export interface FoundFile {
  /** Path relative to the split's folder with `/` separators, as the bytes on disk. */
  readonly path: Buffer;
  readonly bytes: number;
  readonly modifiedNs: bigint;
  /** Time of the last change of content or attributes. */
  readonly changedNs: bigint;
  /** 0 on systems without inodes. */
  readonly inode: bigint;
  /** Device and inode, the same for every name of the file. */
  readonly key: string;
  /** Other paths that lead to the file. */
  readonly otherNames: number;
  /** Other splits that have the file; set once all splits are walked. */
  readonly namesElsewhere?: number;
  /** The path leads through a symbolic link. */
  readonly linked: boolean;
}

/** A folder and how many more links lead to it. */
export interface FolderNames {
  /** Device and inode. */
  readonly key: string;
  readonly parent: FolderNames | null;
  otherNames: number;
}

/** A name of a file. */
export interface Entry {
  readonly path: Buffer;
  readonly stats: BigIntStats;
  /** Device and inode of the file. */
  readonly key: string;
  /** The path leads through a symbolic link. */
  readonly linked: boolean;
  readonly folder: FolderNames;
}

/** The files with these names, sorted by the bytes of their paths. @param names as in WalkOptions */
export function foundFiles(entries: readonly Entry[], names: "once" | "all"): FoundFile[] {
  const files: FoundFile[] = [];
  for (const own of Map.groupBy(entries, ({ key }) => key).values()) {
    const sorted = own.toSorted(byRank);
    for (const entry of names === "all" ? sorted : sorted.slice(0, 1))
      files.push(fileOf(entry, own.length - 1 + namesOfFolders(entry.folder)));
  }
  return files.sort((a, b) => a.path.compare(b.path));
}

/** Real paths before links. */
function byRank(a: Entry, b: Entry): number {
  return Number(a.linked) - Number(b.linked) || a.path.compare(b.path);
}

function namesOfFolders(folder: FolderNames): number {
  let names = 0;
  for (let open: FolderNames | null = folder; open; open = open.parent) names += open.otherNames;
  return names;
}

function fileOf({ path, stats, key, linked }: Entry, otherNames: number): FoundFile {
  return {
    path,
    bytes: Number(stats.size),
    modifiedNs: stats.mtimeNs,
    changedNs: stats.ctimeNs,
    inode: stats.ino,
    key,
    otherNames,
    linked,
  };
}

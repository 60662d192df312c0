import type { Dirent } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { EngineError } from "../../../contract/errors.ts";
import type { Split } from "../../../contract/scan-request.ts";
import { bytesFromPathText } from "../../../text/paths.ts";
import { foldersOf, splitOfFolder } from "../../../text/splits.ts";
import { absolutePath, contains } from "../../files/paths.ts";
import { systemErrorReason } from "../../files/system-errors.ts";
import { folderName, realPathOf } from "../apply/destination.ts";
import type { Disk } from "../apply/disk.ts";
import { codeOf } from "../apply/move-file.ts";

/** Marks a copy that is not complete. */
export const INCOMPLETE = ".twinlens-incomplete";

const NOTICE =
  "Twinlens is making a copy of a data set here, or was interrupted. Make the copy again to start over.\n";

/** Errors of the whole disk, which affect every file. */
const UNWRITABLE = ["ENOSPC", "EDQUOT", "EROFS"];

/** The folder that a copy is made in. */
export class CopyFolder {
  /** Absolute. */
  readonly path: string;
  /** Files of an interrupted copy. */
  readonly #leftovers: readonly string[];

  /** Folder in the copy by split; empty for one whose folders are directly in the copy. */
  readonly #folderOf: ReadonlyMap<string, string>;

  private constructor(
    path: string,
    folderOf: ReadonlyMap<string, string>,
    leftovers: readonly string[],
  ) {
    this.path = path;
    this.#folderOf = folderOf;
    this.#leftovers = leftovers;
  }

  /** @throws EngineError USAGE if the folder is not empty, or is inside a split's folder or contains one */
  static async at(folder: string, splits: readonly Split[]): Promise<CopyFolder> {
    const path = resolve(folder);
    const realPath = await realPathOf(path);
    for (const scanned of splits.flatMap(foldersOf)) {
      const real = await realPathOf(scanned);
      if (!contains(real, realPath) && !contains(realPath, real)) continue;
      const where = contains(real, realPath) ? "is inside" : "contains";
      throw new EngineError(
        "USAGE",
        `${path} ${where} the scanned folder ${scanned}. Choose another folder.`,
      );
    }
    const entries = await entriesOf(path);
    const folderOf = copiedFolders(splits);
    const own = new Set(
      splits.flatMap(({ name, folders }) => {
        const folder = folderOf.get(name) ?? "";
        if (folder !== "") return [folder];
        return (folders ?? []).map((path) => path.split("/")[0] ?? path);
      }),
    );
    const isInterrupted = entries.some((entry) => entry.name === INCOMPLETE && entry.isFile());
    const others = entries.filter(({ name }) => name !== INCOMPLETE);
    if (isInterrupted ? others.some(({ name }) => !own.has(name)) : entries.length > 0) {
      throw new EngineError("USAGE", `${path} is not empty. Choose a new folder.`);
    }
    return new CopyFolder(
      path,
      folderOf,
      others.map(({ name }) => join(path, name)),
    );
  }

  /** Marks the copy as incomplete, then deletes the files of an interrupted copy. @throws EngineError DISK_UNWRITABLE */
  async begin(disk: Disk): Promise<void> {
    try {
      await disk.makeFolder(bytesFromPathText(this.path));
      await disk.append(join(this.path, INCOMPLETE), NOTICE);
      for (const leftover of this.#leftovers) await rm(leftover, { recursive: true });
    } catch (cause) {
      throw this.#unwritable(cause);
    }
  }

  /** The path of a file in the copy. @param path relative to its split's root */
  pathFor(split: string, path: Buffer): Buffer {
    return absolutePath(join(this.path, this.#folderOf.get(split) ?? folderName(split)), path);
  }

  /** Removes the mark. @throws EngineError DISK_UNWRITABLE */
  async finish(disk: Disk): Promise<void> {
    try {
      await disk.unlink(bytesFromPathText(join(this.path, INCOMPLETE)));
    } catch (cause) {
      throw this.#unwritable(cause);
    }
  }

  /** @throws EngineError DISK_UNWRITABLE if the error affects more than one file */
  requireWritable(cause: unknown): void {
    if (UNWRITABLE.includes(codeOf(cause))) throw this.#unwritable(cause);
  }

  #unwritable(cause: unknown): EngineError {
    return new EngineError(
      "DISK_UNWRITABLE",
      `Cannot write the copy ${this.path}: ${systemErrorReason(cause)}. The copy is incomplete. Make it again to start over.`,
      { cause },
    );
  }
}

/** A split whose folders are named after it keeps their names; another gets its own name. */
function copiedFolders(splits: readonly Split[]): Map<string, string> {
  const isNamed = (folder: string, split: string) => splitOfFolder(folder) === split;
  return new Map(
    splits.map(({ name, root, folders }) => {
      if (folders?.every((folder) => isNamed(folder, name))) return [name, ""];
      const own = basename(root);
      return [name, folders === undefined && isNamed(own, name) ? own : folderName(name)];
    }),
  );
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT") return [];
    throw new EngineError(
      "USAGE",
      `Cannot use the folder ${folder} (${code}). Choose another folder.`,
      { cause },
    );
  }
}

import type { Dirent } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { EngineError } from "../../../contract/errors.ts";
import { bytesFromPathText } from "../../../text/paths.ts";
import { absolutePath, contains } from "../../files/paths.ts";
import { systemErrorReason } from "../../files/system-errors.ts";
import { folderName, realPlace } from "../apply/destination.ts";
import type { Disk } from "../apply/disk.ts";
import { codeOf } from "../apply/move-file.ts";

/** Stands in a copy as long as it is not whole. */
export const INCOMPLETE = ".twinlens-incomplete";

const NOTICE =
  "Twinlens is making a copy of a data set here, or was stopped before it was whole. A copy made here again starts it over.\n";

/** Errors of the whole disk: no other file fares better. */
const UNWRITABLE = ["ENOSPC", "EDQUOT", "EROFS"];

interface SplitFolder {
  readonly name: string;
  readonly root: string;
}

/** The folder that a copy is made in. */
export class CopyFolder {
  /** Absolute. */
  readonly path: string;
  /** What an interrupted copy left. */
  readonly #leftovers: readonly string[];

  private constructor(path: string, leftovers: readonly string[]) {
    this.path = path;
    this.#leftovers = leftovers;
  }

  /** @throws EngineError USAGE for a folder that holds something, or lies in a split's folder or around one */
  static async at(folder: string, splits: readonly SplitFolder[]): Promise<CopyFolder> {
    const path = resolve(folder);
    const place = await realPlace(path);
    for (const { root } of splits) {
      const real = await realPlace(root);
      if (!contains(real, place) && !contains(place, real)) continue;
      const where = contains(real, place) ? "lies in" : "holds";
      throw new EngineError(
        "USAGE",
        `${path} ${where} the scanned folder ${root}; choose another.`,
      );
    }
    const entries = await entriesOf(path);
    const own = new Set(splits.map(({ name }) => folderName(name)));
    const isInterrupted = entries.some((entry) => entry.name === INCOMPLETE && entry.isFile());
    const others = entries.filter(({ name }) => name !== INCOMPLETE);
    if (isInterrupted ? others.some(({ name }) => !own.has(name)) : entries.length > 0) {
      throw new EngineError("USAGE", `${path} is not empty; choose a new folder.`);
    }
    return new CopyFolder(
      path,
      others.map(({ name }) => join(path, name)),
    );
  }

  /** Marks it as incomplete, then takes away what an interrupted copy left. @throws EngineError DISK_UNWRITABLE */
  async begin(disk: Disk): Promise<void> {
    try {
      await disk.makeFolder(bytesFromPathText(this.path));
      await disk.append(join(this.path, INCOMPLETE), NOTICE);
      for (const leftover of this.#leftovers) await rm(leftover, { recursive: true });
    } catch (cause) {
      throw this.#unwritable(cause);
    }
  }

  /** @param path of a file below its split's folder */
  placeFor(split: string, path: Buffer): Buffer {
    return absolutePath(join(this.path, folderName(split)), path);
  }

  /** Takes the mark away. @throws EngineError DISK_UNWRITABLE */
  async finish(disk: Disk): Promise<void> {
    try {
      await disk.unlink(bytesFromPathText(join(this.path, INCOMPLETE)));
    } catch (cause) {
      throw this.#unwritable(cause);
    }
  }

  /** @throws EngineError DISK_UNWRITABLE for a failure that is not of one file alone */
  requireWritable(cause: unknown): void {
    if (UNWRITABLE.includes(codeOf(cause))) throw this.#unwritable(cause);
  }

  #unwritable(cause: unknown): EngineError {
    return new EngineError(
      "DISK_UNWRITABLE",
      `Cannot write the copy ${this.path}: ${systemErrorReason(cause)}. What is there is incomplete; a copy made there again starts it over.`,
      { cause },
    );
  }
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT") return [];
    throw new EngineError("USAGE", `${folder} is no folder that can be used (${code}).`, { cause });
  }
}

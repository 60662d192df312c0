import type { BigIntStats } from "node:fs";
import { bytesFromPathText, pathTextFromBytes } from "../../../text/paths.ts";
import type { Disk } from "./disk.ts";
import { type FileFacts, folderOf, holds, isAsNoted, isSameFile, look } from "./file-state.ts";
import { findInTrash } from "./freedesktop-trash.ts";
import type { Intent } from "./journal.ts";
import type { JournalPlaces } from "./journal-places.ts";
import {
  codeOf,
  linkOrCopy,
  moveFile,
  NameTakenError,
  partialOf,
  removeLeftover,
  settleMove,
} from "./move-file.ts";

/** How files are moved. */
export interface Means {
  readonly disk: Disk;
  /** Moves a file, given by its absolute path text, to the system's trash; `null` if there is none. */
  readonly trash: ((file: string) => Promise<void>) | null;
  /** Where files may be moved from and to; every file of a journal is checked against it. */
  readonly places: JournalPlaces;
}

/** One file of a step. */
export interface Moving {
  readonly from: Buffer;
  /** Empty if the way has no target path. */
  readonly to: Buffer;
  readonly facts: FileFacts;
  readonly link: Intent["link"];
}

/** A way to remove a file and to restore it. A method that throws leaves the file where it was. */
export interface Way {
  carryOut(means: Means, file: Moving): Promise<void>;
  /**
   * Completes a removal after an interruption.
   * @param forward whether to start a removal that has not begun
   * @returns whether the file is removed
   */
  settle(means: Means, file: Moving, forward: boolean): Promise<boolean>;
  takeBack(means: Means, file: Moving): Promise<void>;
  /** Completes a restore after an interruption. @returns whether the file is back */
  settleBack(means: Means, file: Moving): Promise<boolean>;
}

/** @throws Error if the moved file is missing or has changed */
async function requireHeld(path: Buffer, facts: FileFacts): Promise<void> {
  if (!(await isAsNoted(path, facts))) {
    throw new Error("The file has changed or is no longer where it was moved to.");
  }
}

/** Whether a file is the hard link that replaced a copy. */
function isLink(link: Intent["link"], there: BigIntStats): boolean {
  return String(there.ino) === link?.inode && String(there.dev) === link.device;
}

/** Moves a file into the quarantine folder. */
const QUARANTINE: Way = {
  carryOut: ({ disk }, { from, to, facts }) => moveFile(disk, from, to, facts),
  settle: ({ disk }, { from, to, facts }, forward) => settleMove(disk, from, to, facts, forward),
  async takeBack({ disk }, { from, to, facts }) {
    await requireHeld(to, facts);
    await moveFile(disk, to, from, facts);
  },
  settleBack: ({ disk }, { from, to, facts }) => settleMove(disk, to, from, facts, false),
};

/** Moves a file to the system's trash. */
const TRASH: Way = {
  carryOut: discard,
  async settle(means, file, forward) {
    if (!(await look(file.from))) return true;
    if (!forward || !(await isAsNoted(file.from, file.facts))) return false;
    await discard(means, file);
    return true;
  },
  async takeBack({ disk }, { from, facts }) {
    const found = await findInTrash(from, facts);
    if (!found) {
      throw new Error(
        "The file is in the system's trash, but Twinlens cannot find it there. Restore it from the trash.",
      );
    }
    await moveFile(disk, found.file, from, facts);
    await disk.unlink(found.info);
  },
  async settleBack({ disk }, { from, facts }) {
    const found = await findInTrash(from, facts);
    if (!found) return holds(from, facts);
    if (!(await settleMove(disk, found.file, from, facts, false))) return false;
    await disk.unlink(found.info);
    return true;
  },
};

async function discard({ trash }: Means, { from }: Moving): Promise<void> {
  if (!trash) throw new Error("This system has no trash.");
  try {
    await trash(pathTextFromBytes(from));
  } catch (cause) {
    // An error after the file is gone does not matter.
    if (await look(from)) throw cause;
  }
}

/** Replaces a copy with a hard link to its keeper, after moving it to the quarantine folder. The path always exists. */
const HARDLINK: Way = {
  carryOut: ({ disk }, file) => replace(disk, file),

  async settle({ disk }, file, forward) {
    const { from, to, facts, link } = file;
    const [there, placed] = [await look(from), await look(to)];
    if (there) await removeLeftover(disk, partialOf(from));
    if (there && isLink(link, there)) return placed !== null;
    if (!there || !(await isAsNoted(from, facts))) return false;
    await removeLeftover(disk, partialOf(to));
    if (placed && (isSameFile(there, placed) || (await holds(to, facts)))) await disk.unlink(to);
    if (forward) await replace(disk, file);
    return forward;
  },

  async takeBack({ disk }, { from, to, facts, link }) {
    await requireHeld(to, facts);
    const there = await look(from);
    if (!there) {
      await moveFile(disk, to, from, facts);
      return;
    }
    if (!isLink(link, there)) throw new NameTakenError("Another file has taken its path.");
    const partial = partialOf(from);
    await removeLeftover(disk, partial);
    await linkOrCopy(disk, to, partial, facts);
    await disk.rename(partial, from);
    await disk.unlink(to);
  },

  async settleBack({ disk }, { from, to, facts, link }) {
    const [there, placed] = [await look(from), await look(to)];
    if (!placed) return there !== null && !isLink(link, there);
    await removeLeftover(disk, partialOf(from));
    await removeLeftover(disk, partialOf(partialOf(from)));
    if (!there || isLink(link, there)) return false;
    const same =
      isSameFile(there, placed) || ((await holds(from, facts)) && (await holds(to, facts)));
    if (same) await disk.unlink(to);
    return same;
  },
};

async function replace(disk: Disk, { from, to, facts, link }: Moving): Promise<void> {
  await disk.makeFolder(folderOf(to));
  await linkOrCopy(disk, from, to, facts);
  await disk.flushFolder(folderOf(to));
  const partial = partialOf(from);
  try {
    await disk.link(bytesFromPathText(link?.path ?? ""), partial);
    await disk.rename(partial, from);
  } catch (cause) {
    await removeLeftover(disk, partial);
    await disk.unlink(to);
    throw new Error(`Cannot make a hard link to its keeper (${codeOf(cause)}).`, { cause });
  }
}

/** Deletes a file. This is the only way that cannot be undone. */
const DELETE_FOREVER: Way = {
  carryOut: ({ disk }, { from }) => disk.unlink(from),
  async settle({ disk }, { from, facts }, forward) {
    if (!(await look(from))) return true;
    if (!forward || !(await isAsNoted(from, facts))) return false;
    await disk.unlink(from);
    return true;
  },
  takeBack: async () => {
    throw new Error("The file was deleted forever.");
  },
  settleBack: async () => false,
};

export const WAYS: Readonly<Record<Intent["way"], Way>> = {
  quarantine: QUARANTINE,
  hardlink: HARDLINK,
  trash: TRASH,
  "delete-forever": DELETE_FOREVER,
};

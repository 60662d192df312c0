import { bytesFromPathText } from "../../../../text/paths.ts";
import type { Disk } from "../disk.ts";
import { folderOf, holds, isAsNoted, isSameFile, look } from "../file-state.ts";
import {
  codeOf,
  moveFile,
  NameTakenError,
  partialOf,
  placeBeside,
  removeLeftover,
} from "../move-file.ts";
import { isLink, type Moving, requireHeld, type Way } from "./way.ts";

/** Makes a copy another name of its keeper; what it was is put into a folder first. There is never a moment without the file. */
export const HARDLINK: Way = {
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
    if (!isLink(link, there)) throw new NameTakenError("Another file stands in its place.");
    const partial = partialOf(from);
    await removeLeftover(disk, partial);
    await placeBeside(disk, to, partial, facts);
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
  await placeBeside(disk, from, to, facts);
  await disk.flushFolder(folderOf(to));
  const partial = partialOf(from);
  try {
    await disk.link(bytesFromPathText(link?.path ?? ""), partial);
    await disk.rename(partial, from);
  } catch (cause) {
    await removeLeftover(disk, partial);
    await disk.unlink(to);
    throw new Error(`A hard link to its keeper can't be made here (${codeOf(cause)}).`, { cause });
  }
}

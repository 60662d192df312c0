import { pathTextFromBytes } from "../../../../text/paths.ts";
import { holds, isAsNoted, look } from "../file-state.ts";
import { findInTrash } from "../freedesktop-trash.ts";
import { moveFile, settleMove } from "../move-file.ts";
import type { Means, Moving, Way } from "./way.ts";

/** Moves files to the system's trash, by the host. */
export const TRASH: Way = {
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
        "It went to the system's trash and can't be found there; restore it from the trash.",
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
  if (!trash) throw new Error("There is no trash here.");
  try {
    await trash(pathTextFromBytes(from));
  } catch (cause) {
    // What fails after the file has gone has not failed.
    if (await look(from)) throw cause;
  }
}

import { isAsNoted, look } from "../file-state.ts";
import type { Way } from "./way.ts";

/** Deletes files. The one act that nothing brings back, and the only one that leaves no file at all. */
export const DELETE_FOREVER: Way = {
  carryOut: ({ disk }, { from }) => disk.unlink(from),
  async settle({ disk }, { from, facts }, forward) {
    if (!(await look(from))) return true;
    if (!forward || !(await isAsNoted(from, facts))) return false;
    await disk.unlink(from);
    return true;
  },
  takeBack: async () => {
    throw new Error("It was deleted forever.");
  },
  settleBack: async () => false,
};

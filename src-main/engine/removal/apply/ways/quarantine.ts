import { moveFile, settleMove } from "../move-file.ts";
import { requireHeld, type Way } from "./way.ts";

/** Moves files into a folder. */
export const QUARANTINE: Way = {
  carryOut: ({ disk }, { from, to, facts }) => moveFile(disk, from, to, facts),
  settle: ({ disk }, { from, to, facts }, forward) => settleMove(disk, from, to, facts, forward),
  async takeBack({ disk }, { from, to, facts }) {
    await requireHeld(to, facts);
    await moveFile(disk, to, from, facts);
  },
  settleBack: ({ disk }, { from, to, facts }) => settleMove(disk, to, from, facts, false),
};

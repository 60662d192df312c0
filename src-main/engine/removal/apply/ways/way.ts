import type { BigIntStats } from "node:fs";
import type { Disk } from "../disk.ts";
import { type FileFacts, isAsNoted } from "../file-state.ts";
import type { Intent } from "../journal.ts";

/** What acts are done with. */
export interface Means {
  readonly disk: Disk;
  /** Moves one file, absolute as path-text.ts writes names, to the system's trash; `null` where nobody can. */
  readonly trash: ((file: string) => Promise<void>) | null;
}

/** One file of an act. */
export interface Moving {
  readonly from: Buffer;
  /** Empty for a way that gives it no place. */
  readonly to: Buffer;
  readonly facts: FileFacts;
  readonly link: Intent["link"];
}

/** A way to let a file go and to bring it back. What throws leaves the file where it was, and says why. */
export interface Way {
  carryOut(means: Means, file: Moving): Promise<void>;
  /**
   * After an interruption: brings the act to an end.
   * @param forward whether an act that has not begun is done now
   * @returns whether it is done
   */
  settle(means: Means, file: Moving, forward: boolean): Promise<boolean>;
  takeBack(means: Means, file: Moving): Promise<void>;
  /** After an interruption: whether the file is back. */
  settleBack(means: Means, file: Moving): Promise<boolean>;
}

/** @throws when what was put somewhere is not there as it was. */
export async function requireHeld(place: Buffer, facts: FileFacts): Promise<void> {
  if (!(await isAsNoted(place, facts))) {
    throw new Error("It is no longer where it was put, or has been changed there.");
  }
}

/** Whether a file is the one that was put in the place of a copy. */
export function isLink(link: Intent["link"], there: BigIntStats): boolean {
  return String(there.ino) === link?.inode && String(there.dev) === link.device;
}

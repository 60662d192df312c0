import { bytesFromPathText, pathTextFromBytes } from "../../../text/paths.ts";
import { systemErrorReason } from "../../files/system-errors.ts";
import { type FileFacts, folderOf } from "./file-state.ts";
import type { Intent, Journal, JournalFile, JournalStep } from "./journal.ts";
import { DELETE_FOREVER } from "./ways/delete-forever.ts";
import { HARDLINK } from "./ways/hardlink.ts";
import { QUARANTINE } from "./ways/quarantine.ts";
import { TRASH } from "./ways/trash.ts";
import type { Means, Moving, Way } from "./ways/way.ts";

const WAYS: Readonly<Record<Intent["way"], Way>> = {
  quarantine: QUARANTINE,
  hardlink: HARDLINK,
  trash: TRASH,
  "delete-forever": DELETE_FOREVER,
};

/** What became of the files of one image. */
export interface Outcome {
  /** Places among its files of those that went, or came back. */
  readonly done: readonly number[];
  /** Why others did not, in words. */
  readonly problems: readonly string[];
}

/**
 * Does one act, the image first: where that fails its sidecars stay, too. The journal holds the act before the first file moves and
 * its outcome after the last.
 */
export async function carryOut(means: Means, journal: Journal, intent: Intent): Promise<Outcome> {
  const step = await journal.intend(intent);
  const done: number[] = [];
  const problems: string[] = [];
  for (const [place, file] of intent.files.entries()) {
    try {
      await WAYS[intent.way].carryOut(means, moving(intent, file));
      done.push(place);
    } catch (cause) {
      problems.push(wordsOf(file, place, cause));
      if (place === 0) break;
    }
  }
  await journal.settle(step, done);
  return { done, problems };
}

/**
 * Brings to an end what an earlier process was in the middle of.
 * @param forward whether an act that was announced is done: an undo would only take it back
 */
export async function settleAll(means: Means, journal: Journal, forward: boolean): Promise<void> {
  for (const step of journal.steps) {
    const { number, intent, undoing } = step;
    const way = WAYS[intent.way];
    if (undoing) {
      const back: number[] = [];
      for (const place of away(step)) {
        const file = intent.files[place];
        if (file && (await settled(way.settleBack(means, moving(intent, file))))) back.push(place);
      }
      await journal.settleBack(number, back);
    } else if (step.done === null) {
      const done: number[] = [];
      for (const [place, file] of intent.files.entries()) {
        // Without its image no sidecar goes.
        if (place > 0 && done[0] !== 0) break;
        if (await settled(way.settle(means, moving(intent, file), forward))) done.push(place);
      }
      await journal.settle(number, done);
    }
  }
}

/** What can't be brought to an end has not been done: the file is where it was. */
async function settled(settling: Promise<boolean>): Promise<boolean> {
  try {
    return await settling;
  } catch {
    return false;
  }
}

/** Takes one act back, sidecars first: an image that is back has its own with it. */
export async function takeBack(
  means: Means,
  journal: Journal,
  step: JournalStep,
): Promise<Outcome> {
  const { number, intent } = step;
  await journal.intendBack(number);
  const done: number[] = [];
  const problems: string[] = [];
  for (const place of away(step).reverse()) {
    const file = intent.files[place];
    if (!file) continue;
    try {
      await WAYS[intent.way].takeBack(means, moving(intent, file));
      await removeEmptyFolders(means, intent, file);
      done.push(place);
    } catch (cause) {
      problems.push(wordsOf(file, place, cause));
    }
  }
  await journal.settleBack(number, done);
  return { done, problems };
}

/** Places of the files that are still where the act put them. */
function away({ done, back }: JournalStep): number[] {
  return (done ?? []).filter((place) => !back.includes(place));
}

function moving({ link }: Intent, { from, to, ...file }: JournalFile): Moving {
  return {
    from: bytesFromPathText(from),
    to: to === null ? Buffer.alloc(0) : bytesFromPathText(to),
    facts: factsOf(file),
    link,
  };
}

function factsOf({ bytes, modifiedNs, sha256 }: Omit<JournalFile, "from" | "to">): FileFacts {
  return { bytes, modifiedNs: BigInt(modifiedNs), sha256 };
}

/** Folders that were made for a file and hold nothing else go, up to the one that all were made in. */
async function removeEmptyFolders(
  { disk }: Means,
  { folder }: Intent,
  { to }: JournalFile,
): Promise<void> {
  if (folder === null || to === null) return;
  let path = folderOf(bytesFromPathText(to));
  while (`${pathTextFromBytes(path)}/`.startsWith(`${folder}/`)) {
    try {
      await disk.removeFolder(path);
    } catch {
      return; // It holds something else.
    }
    path = folderOf(path);
  }
}

const GONE = { ENOENT: "it is gone" };

/** A sidecar's failure is told with its name. */
function wordsOf({ from }: JournalFile, place: number, cause: unknown): string {
  const words = systemErrorReason(cause, GONE);
  return place === 0 ? words : `${from}: ${words}`;
}

import { bytesFromPathText, pathTextFromBytes } from "../../../text/paths.ts";
import { OutsideFoldersError } from "../../files/paths.ts";
import { systemErrorReason } from "../../files/system-errors.ts";
import { type FileFacts, folderOf } from "./file-state.ts";
import type { Intent, Journal, JournalFile, JournalStep } from "./journal.ts";
import { requirePlaces } from "./journal-places.ts";
import { type Means, type Moving, WAYS } from "./ways.ts";

/** What happened to the files of one image. */
export interface Outcome {
  /** Indices of the files that were removed or restored. */
  readonly done: readonly number[];
  /** Why the other files were not. */
  readonly problems: readonly string[];
}

/**
 * Carries out one step, the image first: if that fails, its sidecars stay too. The journal has the step before the first file moves, and
 * its outcome after the last.
 * @param signal aborted when the host is gone: a step that then fails stays open in the journal
 * @throws what a file failed with after the signal was aborted
 */
export async function carryOut(
  means: Means,
  journal: Journal,
  intent: Intent,
  signal?: AbortSignal,
): Promise<Outcome> {
  const step = await journal.intend(intent);
  const done: number[] = [];
  const problems: string[] = [];
  for (const [index, file] of intent.files.entries()) {
    try {
      await WAYS[intent.way].carryOut(means, await moving(means, intent, file));
      done.push(index);
    } catch (cause) {
      // The host is gone, and its trash may still take the file. The next apply or undo looks.
      if (signal?.aborted) throw cause;
      problems.push(wordsOf(file, index, cause));
      if (index === 0) break;
    }
  }
  await journal.settle(step, done);
  return { done, problems };
}

/**
 * Completes the steps that an earlier process left unfinished.
 * @param forward whether to carry out steps that have not begun; an undo does not
 */
export async function settleAll(means: Means, journal: Journal, forward: boolean): Promise<void> {
  for (const step of journal.steps) {
    const { number, intent, undoing } = step;
    const way = WAYS[intent.way];
    if (undoing) {
      const back: number[] = [];
      for (const index of away(step)) {
        const file = intent.files[index];
        const settling = async (one: JournalFile) =>
          way.settleBack(means, await moving(means, intent, one));
        if (file && (await settled(settling(file)))) back.push(index);
      }
      await journal.settleBack(number, back);
    } else if (step.done === null) {
      const done: number[] = [];
      for (const [index, file] of intent.files.entries()) {
        // Sidecars stay with their image.
        if (index > 0 && done[0] !== 0) break;
        const settling = async () => way.settle(means, await moving(means, intent, file), forward);
        if (await settled(settling())) done.push(index);
      }
      await journal.settle(number, done);
    }
  }
}

/** An error means that the step was not done: the file is where it was. */
async function settled(settling: Promise<boolean>): Promise<boolean> {
  try {
    return await settling;
  } catch {
    return false;
  }
}

/** Undoes one step, sidecars first: a restored image has its sidecars again. */
export async function takeBack(
  means: Means,
  journal: Journal,
  step: JournalStep,
): Promise<Outcome> {
  const { number, intent } = step;
  await journal.intendBack(number);
  const done: number[] = [];
  const problems: string[] = [];
  for (const index of away(step).reverse()) {
    const file = intent.files[index];
    if (!file) continue;
    try {
      await WAYS[intent.way].takeBack(means, await moving(means, intent, file));
      await removeEmptyFolders(means, intent, file);
      done.push(index);
    } catch (cause) {
      problems.push(wordsOf(file, index, cause));
    }
  }
  await journal.settleBack(number, done);
  return { done, problems };
}

/** Indices of the files that have not been restored. */
function away({ done, back }: JournalStep): number[] {
  return (done ?? []).filter((index) => !back.includes(index));
}

/** @throws OutsideFoldersError for a file that the journal's places do not hold */
async function moving({ places }: Means, intent: Intent, journaled: JournalFile): Promise<Moving> {
  await requirePlaces(places, intent, journaled);
  const { from, to, ...file } = journaled;
  return {
    from: bytesFromPathText(from),
    to: to === null ? Buffer.alloc(0) : bytesFromPathText(to),
    facts: factsOf(file),
    link: intent.link,
  };
}

function factsOf({ bytes, modifiedNs, sha256 }: Omit<JournalFile, "from" | "to">): FileFacts {
  return { bytes, modifiedNs: BigInt(modifiedNs), sha256 };
}

/** Removes the empty folders above a restored file, up to the quarantine folder. */
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
      return; // Not empty.
    }
    path = folderOf(path);
  }
}

const GONE = { ENOENT: "it is missing" };

/** Sidecars outside the splits, in a journal of an earlier version or from another machine, are among these files. */
const OUTSIDE =
  "the journal names a place outside the data set's folders. Move it yourself, or name its folder with --sidecar-root";

function wordsOf({ from }: JournalFile, index: number, cause: unknown): string {
  const isOutside = cause instanceof OutsideFoldersError;
  const words = isOutside ? OUTSIDE : systemErrorReason(cause, GONE);
  return index === 0 ? words : `${from}: ${words}`;
}

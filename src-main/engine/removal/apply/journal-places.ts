import { dirname } from "node:path";
import type { Split } from "../../../contract/scan-request.ts";
import { bytesFromPathText } from "../../../text/paths.ts";
import { foldersOf, splitOfFolder } from "../../../text/splits.ts";
import { contains, requireInside } from "../../files/paths.ts";
import type { Intent, Journal, JournalFile } from "./journal.ts";

/** The folders that a journal's steps may move files between. A stranger may have written the journal. */
export interface JournalPlaces {
  /** Folders of the splits; images and hard links' keepers are in them. */
  readonly splits: readonly string[];
  /** Folders outside the splits that the person names, whose files were removed with images. */
  readonly sidecars: readonly string[];
  /** Folders in the data set that the journal names. Hidden files and folders in them are left alone. */
  readonly journaled: readonly string[];
  /** The folder that all removed files were moved to; `null` if there is none. */
  readonly destination: string | null;
}

/**
 * The places of a journal.
 * @param splits the project's splits
 * @param allowed sidecar folders that the person names now. Of those that the journal names, only folders in the data set count.
 * @param roots the folders in which the last scan recognized the splits
 */
export function placesOf(
  { header, steps }: Journal,
  splits: readonly Pick<Split, "root" | "folders">[],
  allowed: readonly string[] = [],
  roots: readonly string[] = [],
): JournalPlaces {
  const dataSets = splits.flatMap(({ root, folders }) => {
    const parents = foldersOf({ root, folders }).map((folder) => dirname(folder));
    return folders === undefined ? parents : [...parents, root];
  });
  const isInDataSet = (folder: string) =>
    dataSets.some(
      (dataSet) =>
        dataSet !== dirname(dataSet) && contains(dataSet, folder) && !isHidden(dataSet, folder),
    );
  return {
    splits: splits.flatMap(foldersOf),
    sidecars: allowed,
    // A folder whose images were all removed is no longer a split's after the next scan.
    journaled: [...header.sidecarRoots, ...foldersIn(steps, roots)].filter(isInDataSet),
    // Journals of earlier versions name the folder only in their steps.
    destination: header.folder ?? steps.find(({ intent }) => intent.folder)?.intent.folder ?? null,
  };
}

/** Folders directly in the data set's roots that are named like the split that the steps' images were removed from. */
function foldersIn(steps: Journal["steps"], roots: readonly string[]): Set<string> {
  const folders = new Set<string>();
  for (const { intent } of steps) {
    const name = intent.path.slice(0, Math.max(0, intent.path.indexOf("/")));
    if (splitOfFolder(name) !== intent.split) continue;
    for (const root of roots)
      if (intent.files[0]?.from === `${root}/${intent.path}`) folders.add(`${root}/${name}`);
  }
  return folders;
}

/** Whether a path below a folder is hidden or inside a hidden folder. */
function isHidden(above: string, path: string): boolean {
  return path
    .slice(above.length)
    .split(/[/\\]/)
    .some((part) => part.startsWith("."));
}

/**
 * Checks one file of a step right before it is moved.
 * @throws OutsideFoldersError, or the system's error if a folder cannot be resolved
 */
export async function requirePlaces(
  { splits, sidecars, journaled, destination }: JournalPlaces,
  intent: Intent,
  { from, to }: JournalFile,
): Promise<void> {
  const shown = journaled.filter((folder) => !isHidden(folder, from));
  await requireInside(bytesFromPathText(from), [...splits, ...sidecars, ...shown], "entry");
  if (to !== null) {
    await requireInside(bytesFromPathText(to), destination === null ? [] : [destination], "entry");
  }
  if (intent.link) await requireInside(bytesFromPathText(intent.link.path), splits, "entry");
}

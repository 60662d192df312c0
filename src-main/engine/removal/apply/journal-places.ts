import { dirname } from "node:path";
import type { Split } from "../../../contract/scan-request.ts";
import { bytesFromPathText } from "../../../text/paths.ts";
import { foldersOf } from "../../../text/splits.ts";
import { contains, requireInside } from "../../files/paths.ts";
import type { Intent, Journal, JournalFile } from "./journal.ts";

/** The folders that a journal's steps may move files between. A stranger may have written the journal. */
export interface JournalPlaces {
  /** Folders of the splits; images and hard links' keepers are in them. */
  readonly splits: readonly string[];
  /** Folders outside the splits whose files were removed with images. */
  readonly sidecars: readonly string[];
  /** The folder that all removed files were moved to; `null` if there is none. */
  readonly destination: string | null;
}

/**
 * The places of a journal.
 * @param splits the project's splits
 * @param allowed sidecar folders that the person names now. Of those that the journal names, only folders in the data set count.
 */
export function placesOf(
  { header, steps }: Journal,
  splits: readonly Pick<Split, "root" | "folders">[],
  allowed: readonly string[] = [],
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
    sidecars: [...allowed, ...header.sidecarRoots.filter(isInDataSet)],
    // Journals of earlier versions name the folder only in their steps.
    destination: header.folder ?? steps.find(({ intent }) => intent.folder)?.intent.folder ?? null,
  };
}

/** Whether a folder below another one is hidden or inside a hidden one. */
function isHidden(above: string, folder: string): boolean {
  return folder
    .slice(above.length)
    .split(/[/\\]/)
    .some((part) => part.startsWith("."));
}

/**
 * Checks one file of a step right before it is moved.
 * @throws OutsideFoldersError, or the system's error if a folder cannot be resolved
 */
export async function requirePlaces(
  { splits, sidecars, destination }: JournalPlaces,
  intent: Intent,
  { from, to }: JournalFile,
): Promise<void> {
  await requireInside(bytesFromPathText(from), [...splits, ...sidecars], "entry");
  if (to !== null) {
    await requireInside(bytesFromPathText(to), destination === null ? [] : [destination], "entry");
  }
  if (intent.link) await requireInside(bytesFromPathText(intent.link.path), splits, "entry");
}

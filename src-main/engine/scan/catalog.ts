import type { Split } from "../../contract/scan-request.ts";
import { deleteEmbeddings } from "../data/embedded-files.ts";
import {
  filesToRead,
  fileWriter,
  type KnownFile,
  knownFiles,
  type PendingFile,
} from "../data/files-table.ts";
import { inTransaction, type Project } from "../data/project-file.ts";
import { forgetScanRecord, readDecodeVersion, writeDecodeVersion } from "../data/settings.ts";
import { replaceSplits, scannedSplits } from "../data/splits-table.ts";
import type { InputSize } from "./decode/decode.ts";
import { SMALL_JPEG_PIXELS } from "./decode/small-jpeg.ts";
import type { WalkResult } from "./walk/walk-split.ts";

/** A split with its number in the project. */
export interface CatalogSplit extends Split {
  readonly id: number;
}

/**
 * Notes which splits the project consists of now, and what the walk found in each. A file whose size and time are as they were is known;
 * any other is to be read again. One transaction: a kill leaves the old state or the new.
 * @param walked one result per split, in the same order.
 * @returns the splits, and whether any file came, went or changed.
 */
export function recordWalk(
  project: Project,
  splits: readonly Split[],
  walked: readonly WalkResult[],
  protectedSplits: readonly string[],
): { splits: CatalogSplit[]; changed: boolean } {
  return inTransaction(project, () => {
    const former = new Map(scannedSplits(project).map(({ name, root }) => [name, root]));
    const ids = replaceSplits(
      project,
      splits.map((split) => ({ ...split, protected: protectedSplits.includes(split.name) })),
    );
    let changed = former.size !== splits.length;
    const catalog = splits.map(({ name, root }, position) => {
      const id = ids[position] as number; // one per split
      const moved = former.get(name) !== root;
      changed ||= moved;
      const found = walked[position] ?? { files: [], problems: [] };
      changed = recordFiles(project, id, found, moved) || changed;
      return { id, name, root };
    });
    return { splits: catalog, changed };
  });
}

function recordFiles(project: Project, split: number, found: WalkResult, moved: boolean): boolean {
  const known = new Map<string, KnownFile>();
  for (const file of knownFiles(project, split)) known.set(file.path.toString("latin1"), file);
  const writer = fileWriter(project, split);

  let changed = false;
  for (const { path, bytes, modifiedNs } of found.files) {
    const key = path.toString("latin1");
    const before = known.get(key);
    known.delete(key);
    if (!before) writer.add(path, { bytes, modifiedNs });
    else if (moved || before.bytes !== bytes || before.modifiedNs !== modifiedNs) {
      writer.renew(before.id, { bytes, modifiedNs });
    } else if (!before.isPresent) writer.setPresent(before.id, true);
    else continue;
    changed = true;
  }
  for (const { id, isPresent } of known.values()) {
    if (!isPresent) continue;
    writer.setPresent(id, false);
    changed = true;
  }
  writer.replaceProblems(found.problems);
  return changed;
}

/** Goes up when pictures come to be decoded in another way. In version 1 sharp decoded small JPEGs, too. */
const DECODE_VERSION = 2;

/**
 * Lets go of a model's embeddings of pictures that are decoded in another way by now, so that a project of an earlier version answers as a new one.
 */
export function forgetOldDecodes(project: Project, modelSha256: string, input: InputSize): void {
  inTransaction(project, () => {
    if (readDecodeVersion(project, modelSha256) >= DECODE_VERSION) return;
    const deleted = deleteEmbeddings(project, modelSha256, {
      format: "jpeg",
      leastWidth: input.width,
      leastHeight: input.height,
      leastPixels: input.width * input.height + 1,
      mostPixels: SMALL_JPEG_PIXELS,
    });
    if (deleted > 0) forgetScanRecord(project);
    writeDecodeVersion(project, modelSha256, DECODE_VERSION);
  });
}

/**
 * Files that are new, changed, could not be read the last time, or lack an embedding of one of the model outputs. Each split's are by
 * id, the order of the first walk, and spread evenly over the list: leaks can be seen while the scan still runs.
 * @param model outputs ids of the wanted model outputs.
 */
export function pendingFiles(project: Project, modelOutputs: readonly number[]): PendingFile[] {
  const files = filesToRead(project, modelOutputs);
  return spreadEvenly(Map.groupBy(files, ({ split }) => split));
}

/** The items of all groups, each group's in their order and as far from each other as from both ends. */
function spreadEvenly<T>(groups: ReadonlyMap<string, readonly T[]>): T[] {
  const placed = Array.from(groups.values()).flatMap((group) =>
    group.map((item, at) => ({ item, place: (at + 0.5) / group.length })),
  );
  // Sorting is stable: of equal places the earlier group's comes first.
  return placed.sort((x, y) => x.place - y.place).map(({ item }) => item);
}

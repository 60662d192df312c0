import type { Split } from "../../contract/scan-request.ts";
import { causeOf } from "../../contract/unreadable.ts";
import { pathTextFromBytes } from "../../text/paths.ts";
import { type FileStats, fileWriter, type KnownFile, knownFiles } from "../data/files-table.ts";
import { inTransaction, type Project } from "../data/project-file.ts";
import { replaceSplits, scannedSplits } from "../data/splits-table.ts";
import { linkRoots } from "../files/link-roots.ts";
import type { ScanRun } from "./scan-run.ts";
import { walkFolders } from "./walk/walk-folders.ts";
import type { WalkResult } from "./walk/walk-split.ts";

/** A split and its id in the project. */
export interface CatalogSplit extends Split {
  readonly id: number;
}

/** Lists the splits' files and records them in the project. */
export async function walkSplits(run: ScanRun, splits: readonly Split[]): Promise<CatalogSplit[]> {
  const { project, order, signal, emit, gate, onUnreadable } = run;
  const walked: WalkResult[] = [];
  const follow = linkRoots({ ...order, splits });
  let done = 0;
  for (const split of splits) {
    const before = done;
    const onProgress = (files: number) => {
      done = before + files;
      emit({ type: "progress", stage: "walk", done, total: null, unreadable: 0 });
    };
    const found = await walkFolders(split, {
      signal,
      follow,
      onProgress,
      checkpoint: gate.checkpoint,
    });
    for (const { path, reason } of found.problems)
      onUnreadable?.({
        split: split.name,
        path: pathTextFromBytes(path),
        reason,
        cause: causeOf(reason),
      });
    walked.push(found);
  }
  return recordWalk(project, splits, withNamesElsewhere(walked), order.protect);
}

/** Counts names of a file in other splits too. Each split that has the file counts it, so that it is a leak. */
function withNamesElsewhere(walked: readonly WalkResult[]): WalkResult[] {
  const splitsOf = new Map<string, number>();
  for (const { files } of walked)
    for (const { key } of files) splitsOf.set(key, (splitsOf.get(key) ?? 0) + 1);
  return walked.map((found) => ({
    ...found,
    files: found.files.map((file) => {
      const elsewhere = (splitsOf.get(file.key) ?? 1) - 1;
      return elsewhere === 0 ? file : { ...file, namesElsewhere: elsewhere };
    }),
  }));
}

/**
 * Records the project's splits and their files in one transaction. A file with the same size, times and inode keeps its state;
 * any other file must be read again.
 * @param walked one result per split, in the same order
 */
export function recordWalk(
  project: Project,
  splits: readonly Split[],
  walked: readonly WalkResult[],
  protectedSplits: readonly string[],
): CatalogSplit[] {
  return inTransaction(project, () => {
    const previous = new Map(scannedSplits(project).map(({ name, root }) => [name, root]));
    const ids = replaceSplits(
      project,
      splits.map((split) => ({ ...split, protected: protectedSplits.includes(split.name) })),
    );
    return splits.map(({ name, root }, position) => {
      const id = ids[position] as number; // one per split
      const moved = previous.get(name) !== root;
      const found = walked[position] ?? { files: [], problems: [], skipped: [] };
      recordFiles(project, id, found, moved);
      return { id, name, root };
    });
  });
}

function recordFiles(project: Project, split: number, found: WalkResult, moved: boolean): void {
  const known = new Map<string, KnownFile>();
  for (const file of knownFiles(project, split)) known.set(file.path.toString("latin1"), file);
  const writer = fileWriter(project, split);

  let otherNames = 0;
  for (const file of found.files) {
    const key = file.path.toString("latin1");
    const before = known.get(key);
    known.delete(key);
    otherNames += file.otherNames;
    const stats: FileStats = {
      ...file,
      otherNames: file.otherNames + (file.namesElsewhere ?? 0),
      inode: BigInt.asIntN(SQLITE_INTEGER_BITS, file.inode),
    };
    if (!before) writer.add(file.path, stats);
    else if (moved || !isUnchanged(before, stats)) writer.renew(before.id, stats);
    else writer.keep(before.id, stats);
  }
  for (const { id, isPresent } of known.values()) if (isPresent) writer.setAbsent(id);
  writer.replaceProblems(found.problems);
  writer.replaceSkipped(found.skipped);
  writer.setOtherNames(otherNames);
}

const SQLITE_INTEGER_BITS = 64;

/** A file replaced by another of the same size and modification time has another inode or change time. */
function isUnchanged(before: KnownFile, now: FileStats): boolean {
  return (
    before.bytes === now.bytes &&
    before.modifiedNs === now.modifiedNs &&
    before.changedNs === now.changedNs &&
    before.inode === now.inode
  );
}

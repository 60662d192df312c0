import type { Split } from "../../contract/scan-request.ts";
import { causeOf } from "../../contract/unreadable.ts";
import { pathTextFromBytes } from "../../text/paths.ts";
import { fileWriter, type KnownFile, knownFiles } from "../data/files-table.ts";
import { inTransaction, type Project } from "../data/project-file.ts";
import { replaceSplits, scannedSplits } from "../data/splits-table.ts";
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
  let done = 0;
  for (const split of splits) {
    const before = done;
    const onProgress = (files: number) => {
      done = before + files;
      emit({ type: "progress", stage: "walk", done, total: null, unreadable: 0 });
    };
    const found = await walkFolders(split, signal, onProgress, gate.checkpoint);
    for (const { path, reason } of found.problems)
      onUnreadable?.({
        split: split.name,
        path: pathTextFromBytes(path),
        reason,
        cause: causeOf(reason),
      });
    walked.push(found);
  }
  return recordWalk(project, splits, walked, order.protect);
}

/**
 * Records the project's splits and their files in one transaction. A file with the same size and modification time keeps its
 * state; any other file must be read again.
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
      const found = walked[position] ?? { files: [], problems: [] };
      recordFiles(project, id, found, moved);
      return { id, name, root };
    });
  });
}

function recordFiles(project: Project, split: number, found: WalkResult, moved: boolean): void {
  const known = new Map<string, KnownFile>();
  for (const file of knownFiles(project, split)) known.set(file.path.toString("latin1"), file);
  const writer = fileWriter(project, split);

  for (const { path, bytes, modifiedNs } of found.files) {
    const key = path.toString("latin1");
    const before = known.get(key);
    known.delete(key);
    if (!before) writer.add(path, { bytes, modifiedNs });
    else if (moved || before.bytes !== bytes || before.modifiedNs !== modifiedNs) {
      writer.renew(before.id, { bytes, modifiedNs });
    } else if (!before.isPresent) writer.setPresent(before.id, true);
  }
  for (const { id, isPresent } of known.values()) {
    if (isPresent) writer.setPresent(id, false);
  }
  writer.replaceProblems(found.problems);
}

import type { Split } from "../../contract/scan-request.ts";
import { causeOf } from "../../contract/unreadable.ts";
import { pathTextFromBytes } from "../../text/paths.ts";
import { fileWriter, type KnownFile, knownFiles } from "../data/files-table.ts";
import { inTransaction, type Project } from "../data/project-file.ts";
import { forgetScanRecord } from "../data/settings.ts";
import { replaceSplits, scannedSplits } from "../data/splits-table.ts";
import type { ScanRun } from "./scan-run.ts";
import { type WalkResult, walkSplit } from "./walk/walk-split.ts";

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
    const found = await walkSplit(split.root, signal, onProgress, gate.checkpoint);
    for (const { path, reason } of found.problems)
      onUnreadable?.({
        split: split.name,
        path: pathTextFromBytes(path),
        reason,
        cause: causeOf(reason),
      });
    walked.push(found);
  }
  const catalog = recordWalk(project, splits, walked, order.protect);
  if (catalog.changed) forgetScanRecord(project);
  return catalog.splits;
}

/**
 * Records the project's splits and their files in one transaction. A file with the same size and modification time keeps its
 * state; any other file must be read again.
 * @param walked one result per split, in the same order
 * @returns the splits, and whether any split or file was added, removed, or changed
 */
export function recordWalk(
  project: Project,
  splits: readonly Split[],
  walked: readonly WalkResult[],
  protectedSplits: readonly string[],
): { splits: CatalogSplit[]; changed: boolean } {
  return inTransaction(project, () => {
    const previous = new Map(scannedSplits(project).map(({ name, root }) => [name, root]));
    const ids = replaceSplits(
      project,
      splits.map((split) => ({ ...split, protected: protectedSplits.includes(split.name) })),
    );
    let changed = previous.size !== splits.length;
    const catalog = splits.map(({ name, root }, position) => {
      const id = ids[position] as number; // one per split
      const moved = previous.get(name) !== root;
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

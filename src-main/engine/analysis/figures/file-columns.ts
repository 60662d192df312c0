import type { ProjectView } from "../../data/project-view.ts";
import { type SplitSets, splitSets } from "./split-sets.ts";

/** The readable files of a project in columns, ordered by node. Counting at every threshold change must not cost an object per image. */
export interface FileColumns {
  readonly count: number;
  /** Node `n` has the files from `fileStart[n]` up to but not including `fileStart[n + 1]`, in the order of their ids. */
  readonly fileStart: Int32Array;
  readonly id: Int32Array;
  readonly node: Int32Array;
  /** Index of the file's split in the view's splits. */
  readonly split: Int32Array;
  /** Index of the file's label in `labels`, or -1. */
  readonly label: Int32Array;
  /** Sorted by code units. */
  readonly labels: readonly string[];
  /** Splits that each node has files in, as `SplitSets`. */
  readonly splitsOfNode: Int32Array;
  /** 1 where the file's split is protected, or links lead to it: such a file is never removed. */
  readonly protected: Uint8Array;
  /** Index in these columns by file id. */
  readonly indexOf: ReadonlyMap<number, number>;
}

export function fileColumns(view: ProjectView): FileColumns {
  const { nodes, splits, images } = view;
  const count = images.size;
  const labels = [...new Set(Array.from(images.values()).flatMap(({ label }) => label ?? []))].sort(
    byCodeUnits,
  );
  const labelIndex = new Map(labels.map((label, at) => [label, at]));
  const splitIndex = new Map(splits.map(({ id }, at) => [id, at]));
  const sets = splitSets(splits.length);
  const columns = {
    count,
    fileStart: new Int32Array(nodes.count + 1),
    id: new Int32Array(count),
    node: new Int32Array(count),
    split: new Int32Array(count),
    label: new Int32Array(count),
    labels,
    splitsOfNode: sets.make(nodes.count),
    protected: new Uint8Array(count),
    indexOf: new Map<number, number>(),
  };
  let at = 0;
  nodes.files.forEach((files, node) => {
    for (const { id, split } of files) {
      const label = images.get(id)?.label ?? null;
      const ofSplit = splitIndex.get(split) ?? 0;
      columns.id[at] = id;
      columns.node[at] = node;
      columns.split[at] = ofSplit;
      columns.label[at] = label === null ? -1 : (labelIndex.get(label) ?? -1);
      columns.protected[at] = Number(
        (splits[ofSplit]?.protected ?? false) || (images.get(id)?.isLinked ?? false),
      );
      columns.indexOf.set(id, at);
      sets.add(columns.splitsOfNode, node, ofSplit);
      at++;
    }
    columns.fileStart[node + 1] = at;
  });
  return columns;
}

/**
 * The columns without some files. Nodes keep their numbers, even those with no files left.
 * @param gone one byte per file, 1 for a file to leave out
 */
export function withoutFiles(files: FileColumns, gone: Uint8Array, sets: SplitSets): FileColumns {
  const left = Int32Array.from({ length: files.count }, (_, file) => file).filter(
    (file) => gone[file] === 0,
  );
  const pick = (column: Int32Array) => left.map((file) => column[file] as number);
  const nodes = files.fileStart.length - 1;
  const [node, split, id] = [pick(files.node), pick(files.split), pick(files.id)];
  const fileStart = new Int32Array(nodes + 1);
  const splitsOfNode = sets.make(nodes);
  node.forEach((of, at) => {
    fileStart[of + 1] = (fileStart[of + 1] as number) + 1;
    sets.add(splitsOfNode, of, split[at] as number);
  });
  for (let at = 0; at < nodes; at++) {
    fileStart[at + 1] = (fileStart[at + 1] as number) + (fileStart[at] as number);
  }
  return {
    count: left.length,
    fileStart,
    id,
    node,
    split,
    label: pick(files.label),
    labels: files.labels,
    splitsOfNode,
    protected: Uint8Array.from(left, (file) => files.protected[file] as number),
    indexOf: new Map(Array.from(id, (image, at) => [image, at])),
  };
}

function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

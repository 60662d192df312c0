import type { ParsedClusterFilter } from "../../../contract/cut.ts";
import { EVIDENCE_KINDS } from "../../../contract/evidence-kind.ts";
import type { ProjectView } from "../../data/project-view.ts";
import type { ClusterCut } from "./cluster-cut.ts";
import { unmarkedImages } from "./decisions.ts";

type Test = (cluster: number) => boolean;

/** The clusters that pass every part of the filter, ascending. */
export function filterClusters(
  cut: ClusterCut,
  marks: Uint8Array,
  filter: ParsedClusterFilter,
): Int32Array {
  const tests = [...testsOf(cut, marks, filter)];
  const passing = new Int32Array(cut.clusters.count);
  let count = 0;
  for (let cluster = 0; cluster < passing.length; cluster++) {
    if (tests.every((test) => test(cluster))) passing[count++] = cluster;
  }
  return passing.subarray(0, count);
}

/** One test per part that is set, cheapest first. */
function* testsOf(
  cut: ClusterCut,
  marks: Uint8Array,
  filter: ParsedClusterFilter,
): Generator<Test> {
  const { view, files, sets, size, splits, labelConflict } = cut;
  const { minSize, maxSize, splitPair, decided } = filter;
  if (minSize !== null) yield (cluster) => (size[cluster] as number) >= minSize;
  if (maxSize !== null) yield (cluster) => (size[cluster] as number) <= maxSize;
  if (filter.labelConflict) yield (cluster) => labelConflict[cluster] === 1;
  if (filter.acrossSplits) yield (cluster) => sets.size(splits, cluster) > 1;
  if (splitPair) {
    const pair = splitPair.map((name) => view.splits.findIndex((split) => split.name === name));
    yield (cluster) => pair.every((split) => split >= 0 && sets.has(splits, cluster, split));
  }
  if (decided !== "any") {
    const unmarked = unmarkedImages(cut, marks);
    yield (cluster) => (unmarked[cluster] === 0) === (decided === "decided");
  }
  if (filter.kinds.length > 0) {
    const wanted = filter.kinds.reduce(
      (bits, kind) => bits | (1 << EVIDENCE_KINDS.indexOf(kind)),
      0,
    );
    yield (cluster) => (cut.kindsOf(cluster) & wanted) !== 0;
  }
  if (filter.labels.length > 0) {
    const names = new Set(filter.labels);
    const wanted = Uint8Array.from(files.labels, (label) => Number(names.has(label)));
    yield (cluster) =>
      cut.filesOf(cluster).some((file) => wanted[files.label[file] as number] === 1);
  }
  if (filter.text !== "") {
    const text = filter.text.toLowerCase();
    const pathOf = lowercasePaths(view);
    yield (cluster) =>
      cut.filesOf(cluster).some((file) => pathOf(files.id[file] as number).includes(text));
  }
}

const lowercased = new WeakMap<ProjectView, Map<number, string>>();

/** Lowercase paths, computed once per project because the filter runs at every keystroke. */
function lowercasePaths(view: ProjectView): (id: number) => string {
  const known = lowercased.get(view) ?? new Map<number, string>();
  lowercased.set(view, known);
  return (id) => {
    let path = known.get(id);
    if (path === undefined) {
      path = view.images.get(id)?.path.toLowerCase() ?? "";
      known.set(id, path);
    }
    return path;
  };
}

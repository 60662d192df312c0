import type { ParsedClusterFilter } from "../../../contract/cut.ts";
import { EVIDENCE_KINDS } from "../../../contract/evidence-kind.ts";
import type { ProjectView } from "../../data/project-view.ts";
import type { ReviewCut } from "./cluster-cut.ts";
import { unmarkedImages } from "./decided.ts";

type Test = (cluster: number) => boolean;

/** Clusters that pass every part of the filter, ascending. */
export function filterClusters(
  cut: ReviewCut,
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

/** One test per part that asks for something, cheapest first. */
function* testsOf(cut: ReviewCut, marks: Uint8Array, filter: ParsedClusterFilter): Generator<Test> {
  const { view, files, sets, size, splits, labelConflict } = cut;
  const { minSize, maxSize, splitPair, decided } = filter;
  if (minSize !== null) yield (cluster) => (size[cluster] as number) >= minSize;
  if (maxSize !== null) yield (cluster) => (size[cluster] as number) <= maxSize;
  if (filter.labelConflict) yield (cluster) => labelConflict[cluster] === 1;
  if (filter.acrossSplits) yield (cluster) => sets.size(splits, cluster) > 1;
  if (splitPair) {
    const places = splitPair.map((name) => view.splits.findIndex((split) => split.name === name));
    yield (cluster) => places.every((place) => place >= 0 && sets.has(splits, cluster, place));
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
    const pathOf = lowerCasePaths(view);
    yield (cluster) =>
      cut.filesOf(cluster).some((file) => pathOf(files.id[file] as number).includes(text));
  }
}

const lowerCased = new WeakMap<ProjectView, Map<number, string>>();

/** Paths to search in, lower-cased once per project: a person types letter by letter. */
function lowerCasePaths(view: ProjectView): (id: number) => string {
  const known = lowerCased.get(view) ?? new Map<number, string>();
  lowerCased.set(view, known);
  return (id) => {
    let path = known.get(id);
    if (path === undefined) {
      path = view.images.get(id)?.path.toLowerCase() ?? "";
      known.set(id, path);
    }
    return path;
  };
}

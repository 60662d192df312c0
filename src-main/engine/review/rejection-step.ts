import { EngineError } from "../../contract/errors.ts";
import { sidesOfWeakestLink } from "../analysis/clusters/weakest-link.ts";
import type { ClusterCut } from "../analysis/cuts/cluster-cut.ts";
import type { LoadedProject } from "../analysis/project/loaded-project.ts";
import { NO_CHANGE, type Rejection, type Step } from "../data/decisions/decision-log.ts";
import { newRejections } from "../data/decisions/rejections.ts";

/** Clusters of up to this many contents have all their pairs rejected; larger ones only their stored pairs. */
const MAX_CONTENTS = 64;
/** The same limit for the pairs between the two sides of a split. */
const MAX_PAIRS_ACROSS = 4096;

/** Two images are not duplicates. @param a and @param b indexes in the file columns */
export function rejectPair(loaded: LoadedProject, a: number, b: number): Step {
  const { files } = loaded;
  if (files.node[a] === files.node[b]) throw looksTheSame("Two images that look exactly the same");
  const content = contentOf(loaded);
  return rejecting(loaded, "mark a pair as not duplicates", [[content(a), content(b)]]);
}

/** No two images of a cluster are duplicates. */
export function rejectCluster(loaded: LoadedProject, cut: ClusterCut, cluster: number): Step {
  const nodes = cut.nodesOf(cluster);
  if (nodes.length < 2) throw looksTheSame("Images that all look exactly the same");
  const contents = Array.from(nodes, (node) => contentsOf(cut, node));
  const total = contents.reduce((sum, { length }) => sum + length, 0);
  const label = "mark a cluster as not duplicates";
  if (total > MAX_CONTENTS) {
    const inside = new Set(nodes);
    return rejecting(loaded, label, storedPairs(cut, inside, inside));
  }
  const pairs = contents.flatMap((some, at) =>
    contents.slice(at + 1).flatMap((others) => product(some, others)),
  );
  return rejecting(loaded, label, pairs);
}

/** The two parts of a cluster that its weakest link joins are not duplicates of each other. */
export function splitCluster(loaded: LoadedProject, cut: ClusterCut, cluster: number): Step {
  const nodes = cut.nodesOf(cluster);
  if (nodes.length < 2) throw looksTheSame("Images that all look exactly the same");
  const { pairs } = cut.pairCut.modelOutput;
  const rows = cut.pairRowsOf(cluster);
  const [one, other] = sidesOfWeakestLink(nodes, rows, pairs, cut.view.nodes.copies);
  const contentsOfSide = (side: Int32Array) =>
    Array.from(side).flatMap((node) => contentsOf(cut, node));
  const [some, others] = [contentsOfSide(one), contentsOfSide(other)];
  const rejected =
    some.length * others.length <= MAX_PAIRS_ACROSS
      ? product(some, others)
      : storedPairs(cut, new Set(one), new Set(other));
  return rejecting(loaded, "split a cluster", rejected);
}

function product(some: readonly number[], others: readonly number[]): Rejection[] {
  return some.flatMap((a) => others.map((b): Rejection => [a, b]));
}

/** Contents of the stored pairs, whatever the threshold, between two sets of nodes. */
function storedPairs(
  cut: ClusterCut,
  one: ReadonlySet<number>,
  other: ReadonlySet<number>,
): Rejection[] {
  const { pairs } = cut.pairCut.modelOutput;
  const found: Rejection[] = [];
  for (let row = 0; row < pairs.count; row++) {
    const [a, b] = [pairs.a[row] as number, pairs.b[row] as number];
    if (!(one.has(a) && other.has(b)) && !(one.has(b) && other.has(a))) continue;
    for (const pair of product(contentsOf(cut, a), contentsOf(cut, b))) found.push(pair);
  }
  return found;
}

/** Distinct contents of a node's files. */
function contentsOf({ view }: ClusterCut, node: number): number[] {
  return [...new Set((view.nodes.files[node] ?? []).map(({ content }) => content))];
}

function contentOf({ view, files }: LoadedProject): (file: number) => number {
  return (file) => view.images.get(files.id[file] as number)?.content ?? 0;
}

/** The step that rejects the pairs that are not rejected yet. */
function rejecting({ project }: LoadedProject, label: string, pairs: readonly Rejection[]): Step {
  return { ...NO_CHANGE, label, rejections: newRejections(project, pairs) };
}

function looksTheSame(what: string): EngineError {
  return new EngineError(
    "USAGE",
    `${what} cannot be marked as not duplicates. Mark which of them to keep or remove instead.`,
  );
}

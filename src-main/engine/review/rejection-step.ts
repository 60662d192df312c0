import { EngineError } from "../../contract/errors.ts";
import { sidesOfWeakestLink } from "../analysis/clusters/weakest-link.ts";
import type { ReviewCut } from "../analysis/cuts/cluster-cut.ts";
import type { OpenedProject } from "../analysis/cuts/opened-project.ts";
import { NO_CHANGE, type Rejection } from "../data/decisions/decision-log.ts";
import { newRejections } from "../data/decisions/rejections.ts";
import type { PlannedStep } from "./pending-step.ts";

/** Contents of a cluster up to which every two of them are said not to be duplicates; above, those of stored pairs. */
const MOST_CONTENTS = 64;
/** The same for the pairs across the two sides of a split. */
const MOST_PAIRS_ACROSS = 4096;

/** Two images are not duplicates. @param a and @param b places of files. */
export function planPairRejection(opened: OpenedProject, a: number, b: number): PlannedStep {
  const { files } = opened;
  if (files.node[a] === files.node[b]) throw looksTheSame("Two images that look exactly the same");
  const content = contentOf(opened);
  return planned(opened, "not duplicates", [[content(a), content(b)]]);
}

/** No two images of a cluster are duplicates. */
export function planClusterRejection(
  opened: OpenedProject,
  cut: ReviewCut,
  cluster: number,
): PlannedStep {
  const nodes = cut.nodesOf(cluster);
  if (nodes.length < 2) throw looksTheSame("Images that all look exactly the same");
  const contents = Array.from(nodes, (node) => contentsOf(cut, node));
  const total = contents.reduce((sum, { length }) => sum + length, 0);
  const label = "not duplicates: a cluster";
  if (total > MOST_CONTENTS) {
    const inside = new Set(nodes);
    return planned(opened, label, storedPairs(cut, inside, inside));
  }
  const pairs = contents.flatMap((some, at) =>
    contents.slice(at + 1).flatMap((others) => product(some, others)),
  );
  return planned(opened, label, pairs);
}

/** The two parts of a cluster that its weakest link holds together are not duplicates. */
export function planSplit(opened: OpenedProject, cut: ReviewCut, cluster: number): PlannedStep {
  const nodes = cut.nodesOf(cluster);
  if (nodes.length < 2) throw looksTheSame("Images that all look exactly the same");
  const { pairs } = cut.pairCut.modelOutput;
  const [one, other] = sidesOfWeakestLink(
    nodes,
    cut.pairRowsOf(cluster),
    pairs,
    cut.view.nodes.copies,
  );
  const contents = [one, other].map((side) =>
    Array.from(side).flatMap((node) => contentsOf(cut, node)),
  );
  const [some = [], others = []] = contents;
  const rejected =
    some.length * others.length <= MOST_PAIRS_ACROSS
      ? product(some, others)
      : storedPairs(cut, new Set(one), new Set(other));
  return planned(opened, "split a cluster", rejected);
}

function product(some: readonly number[], others: readonly number[]): Rejection[] {
  return some.flatMap((a) => others.map((b): Rejection => [a, b]));
}

/** Contents of the stored pairs, at any threshold, from the one set of nodes to the other. */
function storedPairs(
  cut: ReviewCut,
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
function contentsOf({ view }: ReviewCut, node: number): number[] {
  return [...new Set((view.nodes.files[node] ?? []).map(({ content }) => content))];
}

function contentOf({ view, files }: OpenedProject): (file: number) => number {
  return (file) => view.images.get(files.id[file] as number)?.content ?? 0;
}

/** The step that rejects these pairs, without those that were rejected before. */
function planned(
  { project }: OpenedProject,
  label: string,
  pairs: readonly Rejection[],
): PlannedStep {
  const rejections = newRejections(project, pairs);
  return { step: { ...NO_CHANGE, label, rejections }, refused: 0 };
}

function looksTheSame(what: string): EngineError {
  return new EngineError(
    "USAGE",
    `${what} can't be said not to be duplicates; mark those that are to be kept or removed.`,
  );
}

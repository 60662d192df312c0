import { join } from "node:path";
import type { ImageId } from "../../contract/ids.ts";
import type { Report, ReportImage } from "../../contract/report.ts";
import { trainingSplit } from "../../contract/training-split.ts";

/** What the rule of {@link imagesToRemove} needs to know beyond the report. */
export interface RemovalRule {
  /** The response whose clusters count: the first one of the scan. */
  readonly response: string;
  /** Splits that nothing is ever removed from. */
  readonly protectedSplits?: ReadonlySet<string>;
}

/** An image of any split, in a cluster or not. */
export type ListedImage = Pick<ReportImage, "id" | "split" | "path">;

/**
 * Images that a cleaned data set goes without.
 *
 * 1. Only images of the training split (`train`, or else the first split) are removed, and none when it is protected.
 * 2. A cluster that also holds an image of another split is a leak: all its training images go.
 * 3. Of any other cluster one training image stays: the one of most pixels, then most bytes, then the lowest id.
 */
export function imagesToRemove(report: Report, rule: RemovalRule): Set<ImageId> {
  const training = trainingSplit(report.splits);
  const removed = new Set<ImageId>();
  if (training === null || rule.protectedSplits?.has(training)) return removed;
  const imageById = new Map(report.images.map((image) => [image.id, image]));
  for (const cluster of report.clusters) {
    if (cluster.response !== rule.response) continue;
    const members = cluster.images.flatMap((id) => imageById.get(id) ?? []);
    for (const { id } of redundantTraining(members, training).removed) removed.add(id);
  }
  return removed;
}

/** What the rule looks at. */
type Comparable = Pick<ReportImage, "id" | "split" | "width" | "height" | "bytes">;

/** The training images of one cluster that go, by rules 2 and 3 of {@link imagesToRemove}. */
export function redundantTraining<T extends Comparable>(
  members: readonly T[],
  training: string,
): { removed: T[]; isLeak: boolean } {
  const trained = members.filter((image) => image.split === training).sort(byWorthKeeping);
  const isLeak = trained.length < members.length;
  return { removed: isLeak ? trained : trained.slice(1), isLeak };
}

function byWorthKeeping(a: Comparable, b: Comparable): number {
  return b.width * b.height - a.width * a.height || b.bytes - a.bytes || a.id - b.id;
}

/** The images that {@link imagesToRemove} names, one absolute path a line (see {@link pathLine}). */
export function* removeList(report: Report, rule: RemovalRule): Generator<string> {
  const removed = imagesToRemove(report, rule);
  yield* lines(
    report,
    report.images.filter(({ id }) => removed.has(id)),
  );
}

/**
 * All images but those that {@link imagesToRemove} names, one absolute path a line (see {@link pathLine}).
 * @param images every readable image of every split, in the order wanted
 */
export function* keepList(
  report: Report,
  images: Iterable<ListedImage>,
  rule: RemovalRule,
): Generator<string> {
  const removed = imagesToRemove(report, rule);
  yield* lines(
    report,
    Iterator.from(images).filter(({ id }) => !removed.has(id)),
  );
}

function* lines(report: Report, images: Iterable<ListedImage>): Generator<string> {
  const rootOf = new Map(report.splits.map((split) => [split.name, split.root]));
  for (const { split, path } of images) {
    const root = rootOf.get(split);
    if (root === undefined) throw new RangeError(`The report has no split named "${split}".`);
    yield pathLine(join(root, path));
  }
}

/**
 * A path as a line of a list. It stands as it is, unless reading it back line by line would change it: a path with a line
 * break, with white space at an end, or that starts with a double quote is written as a JSON string. So a line that
 * starts with `"` is always JSON and any other is always the path itself.
 */
export function pathLine(path: string): string {
  return `${/[\n\r]|^["\s]|\s$/.test(path) ? JSON.stringify(path) : path}\n`;
}

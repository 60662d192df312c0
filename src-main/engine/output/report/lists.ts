import { join } from "node:path";
import type { ImageId } from "../../../contract/ids.ts";
import type { ParsedKeeperRules } from "../../../contract/keeper.ts";
import type { Report, ReportCluster, ReportImage } from "../../../contract/report.ts";
import { chooseKeepers } from "../../analysis/keeper/choose-keepers.ts";
import type { Candidate } from "../../analysis/keeper/criteria.ts";

/** What the rule of {@link imagesToRemove} needs to know beyond the report. */
export interface RemovalRule {
  /** The response whose clusters count: the first one of the scan. */
  readonly response: string;
  /** Splits that nothing is ever removed from. */
  readonly protectedSplits?: ReadonlySet<string>;
  readonly rules: ParsedKeeperRules;
  /** What the rules look at of an image. */
  readonly candidateOf: (image: ImageId) => Candidate;
}

/** An image of any split, in a cluster or not. */
export type ListedImage = Pick<ReportImage, "id" | "split" | "path">;

/** Images that a cleaned data set goes without: those that the keeper rules take out of each cluster. */
export function imagesToRemove(
  report: Pick<Report, "splits"> & {
    readonly clusters: readonly Pick<ReportCluster, "response" | "images">[];
  },
  rule: RemovalRule,
): Set<ImageId> {
  const splits = report.splits.map(({ name }) => ({
    name,
    protected: rule.protectedSplits?.has(name) ?? false,
  }));
  const removed = new Set<ImageId>();
  for (const cluster of report.clusters) {
    if (cluster.response !== rule.response) continue;
    const members = cluster.images.map(rule.candidateOf);
    for (const id of chooseKeepers(members, splits, rule.rules).remove) removed.add(id);
  }
  return removed;
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

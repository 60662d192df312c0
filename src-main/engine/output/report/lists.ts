import { join } from "node:path";
import type { ImageId } from "../../../contract/ids.ts";
import type { ParsedKeeperRules } from "../../../contract/keeper.ts";
import type { Report, ReportCluster, ReportImage } from "../../../contract/report.ts";
import { candidateReader } from "../../analysis/keeper/candidates.ts";
import { chooseKeepers } from "../../analysis/keeper/choose-keepers.ts";
import type { Candidate } from "../../analysis/keeper/criteria.ts";
import type { ProjectView } from "../../data/project-view.ts";
import { readProjectRules } from "../../data/settings.ts";

/** What {@link imagesToRemove} needs beyond the report. */
export interface RemovalRule {
  /** The model output whose clusters count: the first one of the scan. */
  readonly modelOutput: string;
  /** Splits that nothing may be removed from. */
  readonly protectedSplits?: ReadonlySet<string>;
  readonly rules: ParsedKeeperRules;
  /** The properties of an image that the rules compare. */
  readonly candidateOf: (image: ImageId) => Candidate;
}

/** The rule behind a project's keep and remove lists. */
export function removalRule(view: ProjectView): RemovalRule {
  return {
    modelOutput: view.modelOutputs[0]?.name ?? "",
    protectedSplits: new Set(
      view.splits.filter((split) => split.protected).map(({ name }) => name),
    ),
    rules: readProjectRules(view.project).rules,
    candidateOf: candidateReader(view, "many"),
  };
}

/** An image of any split, in a cluster or not. */
export type ListedImage = Pick<ReportImage, "id" | "split" | "path">;

/** The images that the keeper rules remove from the clusters. */
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
    if (cluster.response !== rule.modelOutput) continue;
    const members = cluster.images.map(rule.candidateOf);
    for (const id of chooseKeepers(members, splits, rule.rules).remove) removed.add(id);
  }
  return removed;
}

/** The absolute paths of {@link imagesToRemove}, one per line (see {@link pathLine}). */
export function* removeList(report: Report, rule: RemovalRule): Generator<string> {
  const removed = imagesToRemove(report, rule);
  yield* lines(
    report,
    report.images.filter(({ id }) => removed.has(id)),
  );
}

/**
 * The absolute paths of all images except {@link imagesToRemove}, one per line (see {@link pathLine}).
 * @param images every readable image of every split, in output order
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
 * A path as a line of a list. A path that contains a line break, starts or ends with white space, or starts with a double quote is
 * written as a JSON string. A line that starts with `"` is therefore always JSON, and any other line is the path itself.
 */
export function pathLine(path: string): string {
  return `${/[\n\r]|^["\s]|\s$/.test(path) ? JSON.stringify(path) : path}\n`;
}

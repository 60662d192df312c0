import { join } from "node:path";
import type { Report, ReportImage } from "../../../contract/report.ts";

/** An image of any split, in a cluster or not. */
export type ListedImage = Pick<ReportImage, "id" | "split" | "path">;

/**
 * The absolute paths of the images to remove, one per line (see {@link pathLine}).
 * @param images every readable image of every split, in output order
 * @param removed image ids
 */
export function* removeList(
  report: Report,
  images: Iterable<ListedImage>,
  removed: ReadonlySet<number>,
): Generator<string> {
  yield* lines(
    report,
    Iterator.from(images).filter(({ id }) => removed.has(id)),
  );
}

/**
 * The absolute paths of all other images, one per line (see {@link pathLine}).
 * @param images every readable image of every split, in output order
 * @param removed image ids
 */
export function* keepList(
  report: Report,
  images: Iterable<ListedImage>,
  removed: ReadonlySet<number>,
): Generator<string> {
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

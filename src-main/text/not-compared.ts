import type { NotCompared, ReportSplit, Unreadable } from "../contract/report.ts";
import { UNREADABLE_ADVICE, unreadableReason } from "../contract/unreadable.ts";
import { countOf, countText, plural } from "./figures.ts";

/** Reason for a split whose folder has no image, readable or not. */
const NO_IMAGES = "the folder contains no images";
const NO_IMAGES_ADVICE =
  "Check that the images are there, or choose another folder with --split NAME=DIR.";

/** A folder of the data set's root that no split holds. */
export interface UnusedFolder {
  /** Relative to the root, with slashes; `.` for the root itself. */
  readonly folder: string;
  /** Files named like images. */
  readonly images: number;
}

const UNUSED = "the folder is not in a split";

/**
 * What a scan did not compare: unreadable files by split and reason, most files first, then splits without images, then folders of the
 * root that belong to no split.
 */
export function notComparedOf(
  splits: readonly Pick<ReportSplit, "name" | "images" | "unreadable">[],
  unreadable: readonly Unreadable[],
  unused: readonly UnusedFolder[] = [],
): NotCompared[] {
  const bySplit = Map.groupBy(unreadable, ({ split }) => split);
  const files = splits.flatMap(({ name: split }) =>
    Array.from(Map.groupBy(bySplit.get(split) ?? [], reasonOfGroup), ([reason, some]) => ({
      split,
      images: some.length,
      reason,
      advice: `${UNREADABLE_ADVICE[some[0]?.cause ?? "other"]}, then scan again.`,
    })).sort((a, b) => b.images - a.images),
  );
  const empty = splits
    .filter((split) => split.images + split.unreadable === 0)
    .map(({ name }) => ({
      split: name,
      images: 0,
      reason: NO_IMAGES,
      advice: NO_IMAGES_ADVICE,
    }));
  const folders = unused.map(({ folder, images }) => ({
    split: folder,
    images,
    reason: UNUSED,
    advice: `To compare them, scan with --split NAME=DIR for each folder, this one included.`,
  }));
  return [...files, ...empty, ...folders];
}

/** Files whose reasons differ only in their details are one group. */
function reasonOfGroup({ reason, cause }: Unreadable): string {
  return cause === "other" || cause === "unsupported-format" ? reason : unreadableReason(cause);
}

/** One entry as a sentence: `1,204 of 1,204 test images are Git LFS pointers. Run git lfs pull, then scan again.` */
export function notComparedText(
  { split, images, reason, advice }: NotCompared,
  splits: readonly Pick<ReportSplit, "name" | "images" | "unreadable">[],
): string {
  if (reason === NO_IMAGES) return `${split} was not compared: ${reason}. ${advice}`;
  const own = splits.find(({ name }) => name === split);
  if (reason === UNUSED || !own) {
    const where = split === "." ? "directly in the root folder" : `in the folder "${split}"`;
    return `${countOf(images, "image")} ${where} ${plural(images, "was", "were")} not compared: ${reason}. ${advice}`;
  }
  const all = own.images + own.unreadable;
  const noun = plural(all, "image");
  const counted = `${countText(images)} of ${countText(all)} ${split} ${noun}`;
  if (/^git lfs pointer/i.test(reason)) {
    return `${counted} ${plural(images, "is a Git LFS pointer", "are Git LFS pointers")}. ${advice}`;
  }
  return `${counted} could not be read: ${reason.replace(/\.$/, "")}. ${advice}`;
}

/** Why there was nothing to compare; `null` if at least two images were read. */
export function nothingComparedText(splits: readonly Pick<ReportSplit, "images">[]): string | null {
  const images = splits.reduce((sum, split) => sum + split.images, 0);
  if (images === 0) return "No images could be compared.";
  return images === 1
    ? "Only one image could be read: there was nothing to compare it with."
    : null;
}

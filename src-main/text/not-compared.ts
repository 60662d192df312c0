import type { NotCompared, ReportSplit, Unreadable } from "../contract/report.ts";
import type { RootSurvey } from "../contract/root-layout.ts";
import {
  causeOf,
  UNREADABLE_ADVICE,
  type UnreadableCause,
  unreadableReason,
} from "../contract/unreadable.ts";
import { countOf, countText, plural } from "./figures.ts";

/** Reason for a split whose folder has no image, readable or not. */
const NO_IMAGES = "the folder contains no images";
const NO_IMAGES_ADVICE =
  "Check that the images are there, or choose another folder with --split NAME=DIR.";

const UNUSED = "the folder is in no split";
const MIXED = "compared only as part of one split, not as a split of its own";

const NO_LAYOUT = { unused: [], splitLike: [], oneSplit: false };

/**
 * What a scan did not compare: unreadable files by split and reason, most files first, then splits without images, then what the root
 * contains besides its splits.
 */
export function notComparedOf(
  splits: readonly Pick<ReportSplit, "name" | "images" | "unreadable">[],
  unreadable: readonly Unreadable[],
  { unused, splitLike, oneSplit }: RootSurvey & { readonly oneSplit: boolean } = NO_LAYOUT,
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
    advice: `To compare ${plural(images, "it", "them")}, scan with --split NAME=DIR for each folder, this one included.`,
  }));
  const mixed = (oneSplit ? [] : splitLike).map(({ folder, images }) => ({
    split: folder,
    images,
    reason: MIXED,
    advice:
      "Scan with --split NAME=DIR for each split, or confirm with --split NAME=DIR for the whole folder that it is one split; until then, no rule removes anything.",
  }));
  return [...files, ...empty, ...folders, ...mixed];
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
  const next = advice === "" ? "" : ` ${advice}`;
  if (reason === NO_IMAGES) return `${split} was not compared: ${reason}.${next}`;
  if (reason === MIXED) {
    const what =
      images === 0 ? `The list "${split}"` : `The folder "${split}" (${countOf(images, "image")})`;
    const verb = images === 0 ? "looks like a split but was not used" : `was ${reason}`;
    return `${what} ${verb}.${next}`;
  }
  const own = splits.find(({ name }) => name === split);
  if (reason === UNUSED || !own) {
    const where = split === "." ? "directly in the root folder" : `in the folder "${split}"`;
    return `${countOf(images, "image")} ${where} ${plural(images, "was", "were")} not compared: ${reason}.${next}`;
  }
  const all = own.images + own.unreadable;
  const noun = plural(all, "image");
  const counted = `${countText(images)} of ${countText(all)} ${split} ${noun}`;
  if (/^git lfs pointer/i.test(reason)) {
    return `${counted} ${plural(images, "is a Git LFS pointer", "are Git LFS pointers")}.${next}`;
  }
  return `${counted} could not be read: ${reason.replace(/\.$/, "")}.${next}`;
}

/** What to do in the app where the advice of reports names an option of the command line. */
const APP_ADVICE: Readonly<Record<string, string>> = {
  [NO_IMAGES]: "Check that the images are there, or start a new scan with another folder.",
  // The overview says it once for all folders.
  [MIXED]: "",
};
const APP_UNREADABLE_ADVICE: Readonly<Partial<Record<UnreadableCause, string>>> = {
  "outside-link": "Copy the files into the split in place of the links, then scan again.",
  "too-large": "Save the images with fewer pixels, then scan again.",
};

/** The same entry with advice for a person in the app. */
export function advisedInApp(entry: NotCompared): NotCompared {
  const { reason, split, images } = entry;
  const them = plural(images, "it", "them");
  const advice =
    reason === UNUSED && split === "."
      ? `To compare ${them}, move ${them} into the folder of a split, then scan again.`
      : reason === UNUSED
        ? `To compare ${them}, start a new scan and add the folder as a split.`
        : (APP_ADVICE[reason] ?? APP_UNREADABLE_ADVICE[causeOf(reason)]);
  return advice === undefined ? entry : { ...entry, advice };
}

/** Why there was nothing to compare; `null` if at least two images were read. */
export function nothingComparedText(splits: readonly Pick<ReportSplit, "images">[]): string | null {
  const images = splits.reduce((sum, split) => sum + split.images, 0);
  if (images === 0) return "No images could be compared.";
  return images === 1
    ? "Only one image could be read: there was nothing to compare it with."
    : null;
}

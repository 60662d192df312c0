/** The split that a model learns from. */
export const TRAIN = "train";
/** The split that a model is scored on. */
export const TEST = "test";

/** The splits of a data set by the words in common use in folder names (lowercase), in display order. */
const KNOWN_SPLITS: ReadonlyMap<string, readonly string[]> = new Map([
  [TRAIN, ["train", "training"]],
  [TEST, ["test", "testing", "eval", "evaluation"]],
  ["val", ["val", "valid", "validation", "dev"]],
]);

export const SPLIT_ORDER: readonly string[] = [...KNOWN_SPLITS.keys()];

/** Everything between the words of a name: `train2017`, `my-train_images.part 1`. */
const BETWEEN_WORDS = /[^a-z]+/;
/** The folders of the Medical Segmentation Decathlon and nnU-Net. */
const DECATHLON = /^images(tr|ts)$/;

/** The split that a word stands for, in any case; undefined for any other word. */
export function splitOfWord(word: string): string | undefined {
  const name = word.toLowerCase();
  return SPLIT_ORDER.find((split) => KNOWN_SPLITS.get(split)?.includes(name));
}

/** The split that a name contains the word of, in any case; undefined if it contains none, or words of several splits. */
export function splitOfFolder(folder: string): string | undefined {
  const name = folder.toLowerCase();
  const [, decathlon] = DECATHLON.exec(name) ?? [];
  if (decathlon !== undefined) return decathlon === "tr" ? TRAIN : TEST;
  const found = new Set(name.split(BETWEEN_WORDS).flatMap((word) => splitOfWord(word) ?? []));
  const [only] = found;
  return found.size === 1 ? only : undefined;
}

/** The folders that a split's images are in: its root, or some folders below it. */
export function foldersOf({
  root,
  folders,
}: {
  readonly root: string;
  readonly folders?: readonly string[] | undefined;
}): string[] {
  return folders === undefined ? [root] : folders.map((folder) => `${root}/${folder}`);
}

/**
 * The split that others leak into: the one named `train`, else the first.
 * @returns null when there are no splits
 */
export function trainingSplit(splits: readonly { readonly name: string }[]): string | null {
  return splits.find(({ name }) => name === TRAIN)?.name ?? splits[0]?.name ?? null;
}

/** A color for light and for dark surfaces. */
export interface SplitColor {
  readonly light: string;
  readonly dark: string;
}

/**
 * The colors of `train`, `test` and `val` (blue, orange, purple), then those of other splits. Color-blind readers can tell them
 * apart, and each has a contrast of at least 4.5 to 1 on surfaces of its theme, even on a 13 % tint of itself.
 */
export const SPLIT_COLORS: readonly SplitColor[] = [
  { light: "#1b5ab3", dark: "#7fb4ff" },
  { light: "#9a4100", dark: "#ffab66" },
  { light: "#753cbc", dark: "#c9a6ff" },
  { light: "#0e6850", dark: "#67d3ae" },
  { light: "#a03068", dark: "#ff9ccb" },
  { light: "#6a5d00", dark: "#dcca4f" },
  { light: "#00657b", dark: "#6fd0ea" },
  { light: "#5b5b5b", dark: "#c0c0c0" },
];

/** Indexes in {@link SPLIT_COLORS} by split name. Splits without a color of their own take the remaining ones in their order. */
export function splitColorIndexes(names: readonly string[]): Map<string, number> {
  const spare = SPLIT_COLORS.length - SPLIT_ORDER.length;
  let others = 0;
  return new Map(
    names.map((name) => {
      const known = SPLIT_ORDER.indexOf(splitOfWord(name) ?? "");
      return [name, known >= 0 ? known : SPLIT_ORDER.length + (others++ % spare)];
    }),
  );
}

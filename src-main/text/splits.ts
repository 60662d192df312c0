/** The split that a model learns from. */
export const TRAIN = "train";
/** The split that a model is scored on. */
export const TEST = "test";

/** The splits of a data set by the folder names in common use (lowercase), in display order. */
const KNOWN_SPLITS: ReadonlyMap<string, readonly string[]> = new Map([
  [TRAIN, ["train", "training"]],
  [TEST, ["test", "testing"]],
  ["val", ["val", "valid", "validation"]],
]);

export const SPLIT_ORDER: readonly string[] = [...KNOWN_SPLITS.keys()];

/** The split that a folder of this name holds, in any case; undefined for any other name. */
export function splitOfFolder(folder: string): string | undefined {
  const name = folder.toLowerCase();
  return SPLIT_ORDER.find((split) => KNOWN_SPLITS.get(split)?.includes(name));
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
      const known = SPLIT_ORDER.indexOf(splitOfFolder(name) ?? "");
      return [name, known >= 0 ? known : SPLIT_ORDER.length + (others++ % spare)];
    }),
  );
}

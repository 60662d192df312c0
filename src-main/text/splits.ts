/** The split that a model learns from unless the person names their splits otherwise. */
const TRAIN = "train";

/**
 * The split that others leak into: the one named `train`, or else the first one given.
 * @returns null when there is no split at all
 */
export function trainingSplit(splits: readonly { readonly name: string }[]): string | null {
  return splits.find(({ name }) => name === TRAIN)?.name ?? splits[0]?.name ?? null;
}

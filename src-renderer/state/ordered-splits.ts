/** Counts by split in the order in which a project has its splits, so that the same ones always stand in the same place. */
export function orderedSplits(
  order: readonly { readonly name: string }[],
  counts: Readonly<Record<string, number>>,
): [string, number][] {
  const place = new Map(order.map(({ name }, index) => [name, index]));
  return Object.entries(counts).sort(
    ([a], [b]) => (place.get(a) ?? order.length) - (place.get(b) ?? order.length),
  );
}

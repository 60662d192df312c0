/** Counts each name. Uses a map because a class may be called `constructor`. */
export function tally(names: readonly (string | null | undefined)[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) if (name != null) counts.set(name, (counts.get(name) ?? 0) + 1);
  return sortedByKey([...counts]);
}

/** Sorts by code units, not by locale, so that reports are the same on every machine. */
export function sortedByKey<T>(entries: [string, T][]): Record<string, T> {
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}

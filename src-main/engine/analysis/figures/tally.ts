/** How often each name comes. Counted in a map: a class may be called `constructor`. */
export function tally(names: readonly (string | null | undefined)[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) if (name != null) counts.set(name, (counts.get(name) ?? 0) + 1);
  return sortedByKey([...counts]);
}

/** Names in the order of their code points, so that no locale changes a report. */
export function sortedByKey<T>(entries: [string, T][]): Record<string, T> {
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}

export function countWhere<T>(items: Iterable<T>, test: (item: T) => boolean): number {
  let count = 0;
  for (const item of items) if (test(item)) count++;
  return count;
}

import { SvelteMap } from "svelte/reactivity";

/** Splits of fixed colors. */
const KNOWN = new Map([
  ["train", "train"],
  ["test", "test"],
  ["val", "val"],
  ["valid", "val"],
  ["validation", "val"],
]);
/** Colors for splits of other names, in the order the splits were given. */
const OTHERS = ["split-4", "split-5", "split-6"] as const;

/** Names of the tokens in app.css that splits are colored with. */
export type SplitColor = "train" | "test" | "val" | (typeof OTHERS)[number];

const colors = new SvelteMap<string, SplitColor>();

/** Fixes the colors of splits by their order, as reports do. Call it when the splits on screen change. */
export function knowSplits(names: readonly string[]): void {
  let others = 0;
  for (const name of names) {
    const known = KNOWN.get(name.toLowerCase()) as SplitColor | undefined;
    const color = known ?? OTHERS[others++ % OTHERS.length] ?? OTHERS[0];
    if (colors.get(name) !== color) colors.set(name, color);
  }
}

export function splitColor(name: string): SplitColor {
  return colors.get(name) ?? (KNOWN.get(name.toLowerCase()) as SplitColor | undefined) ?? OTHERS[0];
}

/** The CSS color of a split, for bars and borders. */
export function splitColorValue(name: string): string {
  const color = splitColor(name);
  return `var(--${color.startsWith("split-") ? color : `split-${color}`})`;
}

/** Counts by split, in the project's order of splits. */
export function orderedSplits(
  order: readonly { readonly name: string }[],
  counts: Readonly<Record<string, number>>,
): [string, number][] {
  const index = new Map(order.map(({ name }, i) => [name, i]));
  return Object.entries(counts).sort(
    ([a], [b]) => (index.get(a) ?? order.length) - (index.get(b) ?? order.length),
  );
}

import { SvelteMap } from "svelte/reactivity";
import { SPLIT_COLORS, splitColorIndexes } from "../../src-main/text/splits.ts";

const colorIndexes = new SvelteMap<string, number>();

/** Assigns colors to splits in their order, as reports do. Call it when the splits on screen change. */
export function knowSplits(names: readonly string[]): void {
  for (const [name, index] of splitColorIndexes(names)) {
    if (colorIndexes.get(name) !== index) colorIndexes.set(name, index);
  }
}

/** A split's CSS color. */
export function splitColorValue(name: string): string {
  const index = colorIndexes.get(name) ?? splitColorIndexes([name]).get(name) ?? 0;
  const { light, dark } = SPLIT_COLORS[index] ?? { light: "currentColor", dark: "currentColor" };
  return `light-dark(${light}, ${dark})`;
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

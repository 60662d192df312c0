import { splitColorIndexes } from "../../../../text/splits.ts";
import { nameHtml } from "./escape.ts";

/** Split names on the page. The color only helps to find a split; its name is always there. */
export class SplitBadges {
  readonly #colors: ReadonlyMap<string, number>;

  constructor(splits: readonly { readonly name: string }[]) {
    this.#colors = splitColorIndexes(splits.map(({ name }) => name));
  }

  /** The CSS class that sets the split's color. */
  colorClass(split: string): string {
    return `split-${this.#colors.get(split) ?? 0}`;
  }

  /** A filled badge with the split's name. */
  badge(split: string): string {
    return `<span class="badge ${this.colorClass(split)}">${nameHtml(split)}</span>`;
  }

  /** The split's name as a word of a sentence. */
  word(split: string): string {
    return `<strong class="split-word ${this.colorClass(split)}">${nameHtml(split)}</strong>`;
  }
}

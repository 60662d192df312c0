import { nameHtml } from "./escape.ts";

/** Splits of fixed colors; see the page's style for the colors themselves. */
const KNOWN = new Map([
  ["train", "train"],
  ["test", "test"],
  ["val", "val"],
  ["valid", "val"],
  ["validation", "val"],
]);
/** Colors for splits of other names, in the order the splits were given. */
const OTHER_COLORS = 5;

/** How splits look on the page: always the word, in a color of its own that only helps to find it. */
export class SplitBadges {
  readonly #classOf = new Map<string, string>();

  constructor(splits: readonly { readonly name: string }[]) {
    let others = 0;
    for (const { name } of splits) {
      const known = KNOWN.get(name.toLowerCase());
      this.#classOf.set(name, `split-${known ?? `other${others++ % OTHER_COLORS}`}`);
    }
  }

  /** The CSS class that carries the split's color. */
  colorClass(split: string): string {
    return this.#classOf.get(split) ?? "split-other0";
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

/** Values used last, up to a total weight, so that what a page holds stays the same however long it is used. */
export class RecentCache<Key, Value> {
  readonly #limit: number;
  readonly #weigh: (value: Value) => number;
  /** Least recently used first. */
  readonly #values = new Map<Key, Value>();
  #weight = 0;

  /** @param limit total weight kept; the value set last is kept whatever it weighs */
  constructor(limit: number, weigh: (value: Value) => number = () => 1) {
    this.#limit = limit;
    this.#weigh = weigh;
  }

  get size(): number {
    return this.#values.size;
  }

  get(key: Key): Value | undefined {
    const value = this.#values.get(key);
    if (value === undefined) return;
    this.#values.delete(key);
    this.#values.set(key, value);
    return value;
  }

  has(key: Key): boolean {
    return this.#values.has(key);
  }

  set(key: Key, value: Value): void {
    this.delete(key);
    this.#values.set(key, value);
    this.#weight += this.#weigh(value);
    for (const oldest of this.#values.keys()) {
      if (this.#weight <= this.#limit || this.#values.size === 1) break;
      this.delete(oldest);
    }
  }

  delete(key: Key): void {
    const value = this.#values.get(key);
    if (value === undefined) return;
    this.#values.delete(key);
    this.#weight -= this.#weigh(value);
  }

  clear(): void {
    this.#values.clear();
    this.#weight = 0;
  }

  entries(): [Key, Value][] {
    return [...this.#values];
  }
}

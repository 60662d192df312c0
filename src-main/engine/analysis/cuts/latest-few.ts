/** The few values that were used last, by key. */
export class LatestFew<K, V> {
  readonly #values = new Map<K, V>();
  readonly #most: number;
  readonly #drop: (value: V) => void;

  /** @param drop called with each value that is let go. */
  constructor(most: number, drop: (value: V) => void = () => {}) {
    this.#most = most;
    this.#drop = drop;
  }

  get(key: K, make: () => V): V {
    const known = this.#values.get(key);
    const value = known ?? make();
    // A map keeps the order of insertion: the first is the one not used for longest.
    this.#values.delete(key);
    this.#values.set(key, value);
    for (const oldest of this.#values.keys()) {
      if (this.#values.size <= this.#most) break;
      this.delete(oldest);
    }
    return value;
  }

  delete(key: K): void {
    const value = this.#values.get(key);
    if (value === undefined) return;
    this.#values.delete(key);
    this.#drop(value);
  }

  clear(): void {
    for (const key of [...this.#values.keys()]) this.delete(key);
  }
}

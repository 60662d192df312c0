/** Limits the total cost of the work that runs at the same time. Waiting work starts first come, first served. */
export class Semaphore {
  readonly #capacity: number;
  #inUse = 0;
  readonly #waiting: { readonly cost: number; readonly start: () => void }[] = [];

  /** @param capacity in the unit of the costs */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Runs `work` as soon as its cost fits. Work that costs more than the capacity runs alone. */
  async run<T>(cost: number, work: () => Promise<T>): Promise<T> {
    const share = Math.min(cost, this.#capacity);
    if (this.#waiting.length > 0 || this.#inUse + share > this.#capacity) {
      await new Promise<void>((start) => this.#waiting.push({ cost: share, start }));
    } else this.#inUse += share;
    try {
      return await work();
    } finally {
      this.#release(share);
    }
  }

  #release(cost: number): void {
    this.#inUse -= cost;
    for (
      let next = this.#waiting[0];
      next && this.#inUse + next.cost <= this.#capacity;
      next = this.#waiting[0]
    ) {
      this.#waiting.shift();
      this.#inUse += next.cost;
      next.start();
    }
  }
}

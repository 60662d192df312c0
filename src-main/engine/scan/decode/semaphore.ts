/** Lets work go on side by side only as long as what it takes together stays within a total; what waits goes in its turn. */
export class Semaphore {
  readonly #total: number;
  #spent = 0;
  readonly #waiting: { readonly cost: number; readonly go: () => void }[] = [];

  /** @param total in the unit of the costs. */
  constructor(total: number) {
    this.#total = total;
  }

  /** Runs `work` once its cost fits; one that costs more than the total runs alone. */
  async spend<T>(cost: number, work: () => Promise<T>): Promise<T> {
    const share = Math.min(cost, this.#total);
    if (this.#waiting.length > 0 || this.#spent + share > this.#total) {
      await new Promise<void>((go) => this.#waiting.push({ cost: share, go }));
    } else this.#spent += share;
    try {
      return await work();
    } finally {
      this.#spent -= share;
      this.#admit();
    }
  }

  #admit(): void {
    for (
      let next = this.#waiting[0];
      next && this.#spent + next.cost <= this.#total;
      next = this.#waiting[0]
    ) {
      this.#waiting.shift();
      this.#spent += next.cost;
      next.go();
    }
  }
}

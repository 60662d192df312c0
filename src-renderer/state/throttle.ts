/**
 * Answers a stream of wishes by running one task at a time: of those that arrive meanwhile only the latest is run. A hand
 * that drags a threshold so never waits for a queue, and what is shown is never older than one task.
 */
export class Throttle<Wish> {
  readonly #run: (wish: Wish) => Promise<void>;
  #waiting: { wish: Wish } | null = null;
  #running: Promise<void> | null = null;

  /** @param run must handle its own failures: one that rejects is taken as done. */
  constructor(run: (wish: Wish) => Promise<void>) {
    this.#run = run;
  }

  get busy(): boolean {
    return this.#running !== null;
  }

  /** Resolves when this wish, or a later one in its place, has been answered and none waits. */
  ask(wish: Wish): Promise<void> {
    this.#waiting = { wish };
    this.#running ??= this.#work();
    return this.#running;
  }

  async #work(): Promise<void> {
    // Wishes of one turn of the event loop count as one.
    await Promise.resolve();
    while (this.#waiting) {
      const { wish } = this.#waiting;
      this.#waiting = null;
      try {
        await this.#run(wish);
      } catch {
        // Told by the task itself.
      }
    }
    this.#running = null;
  }
}

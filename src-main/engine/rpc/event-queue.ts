/** Carries events from where they happen to a loop that awaits them, in order. */
export class EventQueue<T> {
  readonly #events: T[] = [];
  #wake: (() => void) | undefined;
  #ended = false;

  push(event: T): void {
    this.#events.push(event);
    this.#wake?.();
  }

  /** No event comes after this. */
  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    for (;;) {
      while (this.#events.length > 0) yield this.#events.shift() as T; // there is one, by its length
      if (this.#ended) return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

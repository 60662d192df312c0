/** Runs a few tasks at a time; of those that wait, the one asked for last goes first: it is what a person looks at now. */
export class LatestFirst {
  readonly #atOnce: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(atOnce: number) {
    this.#atOnce = atOnce;
  }

  /** @throws the signal's reason when it is aborted before the task's turn came; what the task throws. */
  async run<T>(task: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    if (this.#running < this.#atOnce) this.#running++;
    // Who ends hands on its place.
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      signal?.throwIfAborted();
      return await task();
    } finally {
      const next = this.#waiting.pop();
      if (next) next();
      else this.#running--;
    }
  }
}

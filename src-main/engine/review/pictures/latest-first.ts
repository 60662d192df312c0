/** Runs a few tasks at a time. The latest waiting task runs next, because its image is the one in view. */
export class LatestFirst {
  readonly #atOnce: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(atOnce: number) {
    this.#atOnce = atOnce;
  }

  /** @throws the signal's reason if it is aborted before the task starts, and whatever the task throws */
  async run<T>(task: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    if (this.#running < this.#atOnce) this.#running++;
    // A finished task passes its slot on.
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

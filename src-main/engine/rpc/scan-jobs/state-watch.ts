import { setTimeout } from "node:timers/promises";

/** Minimum time between two updates. */
const LEAST_INTERVAL_MS = 125;

/** Wakes watchers after changes; they read the current state when they run. */
export class ChangeSignal {
  #revision = 0;
  readonly #waiting = new Set<() => void>();

  notify(): void {
    this.#revision++;
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }

  /**
   * Yields the result of `read` now and after changes, at most eight times a second. Ends when its reader returns or `signal` is
   * aborted.
   */
  watch<T>(read: () => T, signal?: AbortSignal): AsyncIteratorObject<T, void> {
    const gone = new AbortController();
    const stopped = signal ? AbortSignal.any([signal, gone.signal]) : gone.signal;
    const updates = this.#updates(read, stopped);
    const end = () => {
      // A waiting generator handles `return` only after its next change; abort the wait.
      gone.abort();
      return updates.return();
    };
    return {
      next: () => updates.next(),
      return: end,
      [Symbol.asyncIterator]() {
        return this;
      },
      async [Symbol.asyncDispose]() {
        await end();
      },
    };
  }

  async *#updates<T>(read: () => T, stopped: AbortSignal): AsyncGenerator<T, void> {
    while (!stopped.aborted) {
      const seen = this.#revision;
      yield read();
      await setTimeout(LEAST_INTERVAL_MS, undefined, { signal: stopped }).catch(() => {});
      if (this.#revision === seen) await this.#change(stopped);
    }
  }

  /** Resolves at the next change, or when the watch is stopped. */
  async #change(stopped: AbortSignal): Promise<void> {
    if (stopped.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.add(resolve);
    stopped.addEventListener("abort", () => resolve(), { once: true });
    await promise;
    this.#waiting.delete(resolve);
  }
}

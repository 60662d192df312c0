/**
 * Streams the events of some work, then returns its result. When the caller stops reading, the work is aborted and awaited.
 * @param signal the caller's own
 */
export async function* eventStream<Event, Result>(
  signal: AbortSignal | undefined,
  work: (emit: (event: Event) => void, signal: AbortSignal) => Promise<Result>,
): AsyncGenerator<Event, Result, void> {
  const stop = new AbortController();
  const events = new EventQueue<Event>();
  const working = work(
    (event) => events.push(event),
    signal ? AbortSignal.any([signal, stop.signal]) : stop.signal,
  ).finally(() => events.end());
  // The await below throws its error; until then nothing else handles it.
  working.catch(() => {});
  try {
    yield* events;
    return await working;
  } finally {
    stop.abort();
    await working.catch(() => {});
  }
}

/** Buffers events for a loop that awaits them, in order. */
class EventQueue<T> {
  readonly #events: T[] = [];
  #wake: (() => void) | undefined;
  #ended = false;

  push(event: T): void {
    this.#events.push(event);
    this.#wake?.();
  }

  /** No event follows. */
  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    for (;;) {
      while (this.#events.length > 0) yield this.#events.shift() as T; // the queue is not empty
      if (this.#ended) return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

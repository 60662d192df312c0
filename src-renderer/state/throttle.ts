/**
 * Runs one task at a time. Of the requests that arrive meanwhile, only the latest runs next, so dragging a threshold
 * never builds up a queue.
 */
export class Throttle<Request> {
  readonly #run: (request: Request) => Promise<void>;
  #waiting: { request: Request } | null = null;
  #running: Promise<void> | null = null;

  /** @param run must report its own errors; a rejection counts as done */
  constructor(run: (request: Request) => Promise<void>) {
    this.#run = run;
  }

  get busy(): boolean {
    return this.#running !== null;
  }

  /** Resolves when this request, or a later one that replaced it, is done and none is waiting. */
  ask(request: Request): Promise<void> {
    this.#waiting = { request };
    this.#running ??= this.#work();
    return this.#running;
  }

  async #work(): Promise<void> {
    // Requests of one turn of the event loop count as one.
    await Promise.resolve();
    while (this.#waiting) {
      const { request } = this.#waiting;
      this.#waiting = null;
      try {
        await this.#run(request);
      } catch {
        // The task reports its own errors.
      }
    }
    this.#running = null;
  }
}

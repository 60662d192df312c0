/**
 * Where a scan waits while it is paused. Whoever works passes it between two short pieces of work, and measures time by it, so
 * that a pause counts for nothing.
 */
export class PauseGate {
  #pausedAt: number | null = null;
  #pausedMs = 0;
  #opened: PromiseWithResolvers<void> | undefined;

  get paused(): boolean {
    return this.#pausedAt !== null;
  }

  pause(): void {
    if (this.paused) return;
    this.#pausedAt = performance.now();
    this.#opened = Promise.withResolvers();
  }

  resume(): void {
    if (this.#pausedAt === null) return;
    this.#pausedMs += performance.now() - this.#pausedAt;
    this.#pausedAt = null;
    this.#opened?.resolve();
  }

  /** Resolves at once, or when the pause is over. A cancel must end the pause too, or it would not be heard. */
  readonly checkpoint = async (): Promise<void> => {
    while (this.paused) await this.#opened?.promise;
  };

  /** Milliseconds of an arbitrary clock that stands still during pauses. */
  readonly now = (): number => (this.#pausedAt ?? performance.now()) - this.#pausedMs;
}

/** Pauses a scan at its checkpoints. Its clock stops during pauses. */
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

  /** Resolves immediately, or at the end of the pause. Canceling a paused scan must also resume it. */
  readonly checkpoint = async (): Promise<void> => {
    while (this.paused) await this.#opened?.promise;
  };

  /** Milliseconds on a clock that stops during pauses. */
  readonly now = (): number => (this.#pausedAt ?? performance.now()) - this.#pausedMs;
}

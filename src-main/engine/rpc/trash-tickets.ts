/** Files that a host was asked to move to the trash, until it says what came of it. */
export class TrashTickets {
  #latest = 0;
  readonly #open = new Map<number, (reason: string | null) => void>();

  /**
   * Asks for one file.
   * @param ask tells the host, with a number for its answer
   * @param signal aborted when nobody will answer any more
   * @throws with the host's reason when the file stayed
   */
  async request(ask: (ticket: number) => void, signal: AbortSignal): Promise<void> {
    const ticket = ++this.#latest;
    const { promise, resolve, reject } = Promise.withResolvers<string | null>();
    this.#open.set(ticket, resolve);
    const leave = () => reject(signal.reason);
    signal.addEventListener("abort", leave, { once: true });
    try {
      signal.throwIfAborted();
      ask(ticket);
      const reason = await promise;
      if (reason !== null) throw new Error(reason);
    } finally {
      this.#open.delete(ticket);
      signal.removeEventListener("abort", leave);
    }
  }

  /** @param reason why the file stayed; `null` when it has gone */
  answer(ticket: number, reason: string | null): void {
    this.#open.get(ticket)?.(reason);
  }
}

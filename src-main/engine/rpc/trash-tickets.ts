/** Files that the host was asked to move to the trash and has not reported on yet. */
export class TrashTickets {
  #latest = 0;
  readonly #open = new Map<number, (reason: string | null) => void>();

  /**
   * Requests that the host trashes one file.
   * @param ask sends the request with a ticket number for the answer
   * @param signal aborted when no answer will come
   * @throws Error with the host's reason if the file was not trashed
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

  /** @param reason why the file was not trashed; `null` if it was */
  answer(ticket: number, reason: string | null): void {
    this.#open.get(ticket)?.(reason);
  }
}

import { getSession } from "./session.svelte.ts";

/** Wait before reopening a stream that ended, for example because the engine restarted. */
const REOPEN_MS = 800;

/**
 * Follows a stream of the host while the calling component is mounted, across lost connections and restarts.
 * @param open opens the stream
 * @param receive called with each value
 */
export function follow<Value>(
  open: (signal: AbortSignal) => Promise<AsyncIterable<Value>>,
  receive: (value: Value) => void,
): void {
  const session = getSession();
  $effect(() => {
    session.generation;
    const ending = new AbortController();
    void (async () => {
      while (!ending.signal.aborted) {
        try {
          for await (const value of await open(ending.signal)) {
            if (ending.signal.aborted) return;
            receive(value);
          }
        } catch {
          // The shell shows that the connection is lost; the stream is opened again.
        }
        await new Promise((resolve) => setTimeout(resolve, REOPEN_MS));
      }
    })();
    return () => ending.abort();
  });
}

import { getSession } from "./session.svelte.ts";

/** Wait before asking again for a stream that ended though the connection holds, such as when the engine restarts. */
const AGAIN_MS = 800;

/**
 * Follows a stream of the host as long as the calling component is mounted, over lost connections and restarts.
 * @param open asks for the stream
 * @param receive takes each value
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
          // The connection's state is shown by the shell; the stream is asked for again.
        }
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      }
    })();
    return () => ending.abort();
  });
}

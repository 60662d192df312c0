import { createORPCClient } from "@orpc/client";
import { createContext } from "svelte";
import type { AppClient, Connection } from "./client.ts";

/** Delays before reconnecting, in milliseconds. The last one repeats. */
const RETRY_MS = [250, 500, 1000, 2000, 4000] as const;

/** The connection to the host. It reconnects by itself; the client stays the same throughout. */
export class Session {
  status = $state<"connecting" | "connected" | "lost">("connecting");
  /** Goes up with every connection. Streams read it in order to open again. */
  generation = $state(0);
  /** Calls made without a connection wait for the next one. */
  readonly client: AppClient;

  readonly #connect: () => Promise<Connection>;
  #connection = Promise.withResolvers<Connection>();
  #wake: (() => void) | null = null;

  constructor(connect: () => Promise<Connection>) {
    this.#connect = connect;
    this.client = createORPCClient({
      call: async (path, input, options) => {
        const { link } = await this.#connection.promise;
        return link.call(path, input, options);
      },
    });
    void this.#keepConnected();
  }

  /** Reconnects now instead of after the delay. */
  retry(): void {
    this.#wake?.();
  }

  async #keepConnected(): Promise<never> {
    for (let failures = 0; ; ) {
      try {
        const connection = await this.#connect();
        failures = 0;
        this.#connection.resolve(connection);
        this.status = "connected";
        this.generation++;
        await connection.closed;
        this.#connection = Promise.withResolvers();
        this.status = "lost";
      } catch {
        if (this.generation > 0 || failures > 0) this.status = "lost";
        const wait = RETRY_MS[Math.min(failures++, RETRY_MS.length - 1)];
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
          setTimeout(resolve, wait);
        });
      }
    }
  }
}

/** The page's session, for every component. */
export const [getSession, setSession] = createContext<Session>();

/** The page's client for all procedures of engine and host. */
export function getClient(): AppClient {
  return getSession().client;
}

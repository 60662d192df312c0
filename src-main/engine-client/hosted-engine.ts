import { createORPCClient } from "@orpc/client";
import { type BrowserPortLike, RPCLink } from "@orpc/client/message-port";
import type { ContractRouterClient } from "@orpc/contract";
import type { contract } from "../contract/contract.ts";

export type EngineClient = ContractRouterClient<typeof contract>;

/** The engine in a process of its own. */
export interface EngineHost extends AsyncDisposable {
  readonly client: EngineClient;
  /** Resolves when the process has ended by itself, with what it is known by; never while it lives or after disposal. */
  readonly crashed: Promise<string>;
}

/** What the kinds of process that the engine can run in have in common. */
export interface EngineProcess {
  readonly port: Pick<BrowserPortLike, "onMessage" | "postMessage">;
  /** Resolves when the process is gone, with what its end is known by. */
  readonly ended: Promise<string>;
  /** Asks it to end by itself. */
  stop(): void;
  kill(): void;
}

/** How long the engine may take to end by itself before it is killed. */
const END_TIMEOUT_MS = 1500;

/** The engine in a process that has just been started. */
export function hostEngine({ port, ended, stop, kill }: EngineProcess): EngineHost {
  let disposed = false;
  const crashed = new Promise<string>((resolve) => {
    void ended.then((how) => {
      if (!disposed) resolve(how);
    });
  });
  const link = new RPCLink({
    port: {
      ...port,
      // Calls under way fail only once it is known how the process ended, so that this is what people are told.
      onDisconnect: { addListener: (callback) => void ended.then(() => setImmediate(callback)) },
    },
  });
  return {
    client: createORPCClient(link),
    crashed,
    async [Symbol.asyncDispose]() {
      disposed = true;
      stop();
      const timer = setTimeout(kill, END_TIMEOUT_MS);
      await ended;
      clearTimeout(timer);
    },
  };
}

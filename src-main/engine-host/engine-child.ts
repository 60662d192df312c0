import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { createORPCClient } from "@orpc/client";
import { type BrowserPortLike, RPCLink } from "@orpc/client/message-port";
import type { ContractRouterClient } from "@orpc/contract";
import type { contract } from "../contract/contract.ts";
import { processPort } from "./process-port.ts";

export type EngineClient = ContractRouterClient<typeof contract>;

/** The engine in a process of its own. */
export interface EngineHost extends AsyncDisposable {
  readonly client: EngineClient;
  /** Resolves when the process has ended by itself, with what it is known by; never while it lives or after disposal. */
  readonly crashed: Promise<string>;
}

/** Threads of libuv, which also read files; its own default. */
const LEAST_POOL = 4;

/**
 * MiB of a half of V8's nursery. With the default of 16, each of a scan's short-lived buffers holds its memory outside of the heap for
 * long: 50 MB more after 3,000 images. Comparing pixels and vectors allocates next to nothing, so nothing takes longer.
 */
const NURSERY_MIB = 2;

/** How long the engine may take to end by itself before it is killed. */
const END_TIMEOUT_MS = 1500;

/**
 * Starts the engine under this very Node.
 * @param dataFolder the program's own folder in the user's data.
 */
export function startEngine(dataFolder: string): EngineHost {
  const entry = new URL(`../engine-process${extname(import.meta.filename)}`, import.meta.url);
  const options = [`--max-semi-space-size=${NURSERY_MIB}`];
  const child = spawn(process.execPath, [...options, fileURLToPath(entry), dataFolder], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    serialization: "advanced",
    // sharp decodes on libuv's threads.
    env: {
      UV_THREADPOOL_SIZE: String(Math.max(LEAST_POOL, availableParallelism())),
      ...process.env,
    },
  });
  let disposed = false;
  const ended = new Promise<string>((resolve) => {
    child.once("error", (cause) => resolve(cause.message));
    child.once("exit", (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
  const crashed = new Promise<string>((resolve) => {
    void ended.then((how) => {
      if (!disposed) resolve(how);
    });
  });
  const port: BrowserPortLike = {
    ...processPort(child),
    // Calls under way fail only once it is known how the process ended, so that this is what people are told.
    onDisconnect: { addListener: (callback) => void ended.then(() => setImmediate(callback)) },
  };
  const client: EngineClient = createORPCClient(new RPCLink({ port }));
  return {
    client,
    crashed,
    async [Symbol.asyncDispose]() {
      disposed = true;
      if (child.connected) child.disconnect();
      const timer = setTimeout(() => child.kill("SIGKILL"), END_TIMEOUT_MS);
      await ended;
      clearTimeout(timer);
    },
  };
}

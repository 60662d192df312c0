import { availableParallelism } from "node:os";

/** Threads of libuv, which also read files; its own default. */
const LEAST_POOL = 4;

/** The environment of the engine's process: this one's, with threads for sharp, which decodes on libuv's. */
export function engineEnvironment(): NodeJS.ProcessEnv {
  return {
    UV_THREADPOOL_SIZE: String(Math.max(LEAST_POOL, availableParallelism())),
    ...process.env,
  };
}

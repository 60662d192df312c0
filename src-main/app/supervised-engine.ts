import { AsyncIteratorClass, createORPCClient, ORPCError } from "@orpc/client";
import { ENGINE_ENDED } from "../contract/errors.ts";
import type { EngineClient, RunningEngine } from "../engine-client/engine-client.ts";
import { callProcedure } from "./procedures.ts";

/** Crashes within the window after which the engine is not restarted. */
const MAX_CRASHES = 3;
const CRASH_WINDOW_MS = 60_000;

export interface SupervisedEngineOptions {
  readonly startEngine: () => RunningEngine;
  /** Called when a new engine has replaced one that crashed. */
  readonly onRestarted: (reason: string) => void;
  /** Milliseconds; replaced in tests. */
  readonly now?: () => number;
}

/** One engine process, with its exit reason once it has crashed. */
interface EngineRun {
  readonly engine: RunningEngine;
  crashReason: string | undefined;
}

/** Keeps an engine running: restarts one that crashes, up to a limit. `client` always reaches the current engine. */
export class SupervisedEngine implements AsyncDisposable {
  readonly client: EngineClient;
  readonly #options: SupervisedEngineOptions;
  /** Times of recent crashes. */
  readonly #crashes: number[] = [];
  #run: EngineRun;
  /** Why no engine is running, once none is. */
  #stopped: string | undefined;

  constructor(options: SupervisedEngineOptions) {
    this.#options = options;
    this.#run = this.#start();
    this.client = createORPCClient({
      call: (path, input, { signal }) => this.#call(path, input, signal),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = "The program is closing.";
    await this.#run.engine[Symbol.asyncDispose]();
  }

  async #call(path: readonly string[], input: unknown, signal: AbortSignal | undefined) {
    if (this.#stopped !== undefined) throw engineEnded(this.#stopped);
    const run = this.#run;
    try {
      const output = await callProcedure(run.engine.client, path, input, signal);
      return isEventStream(output) ? withCrashErrors(output, run) : output;
    } catch (cause) {
      throw toCrashError(cause, run);
    }
  }

  #start(): EngineRun {
    const run: EngineRun = { engine: this.#options.startEngine(), crashReason: undefined };
    void run.engine.crashed.then((reason) => {
      run.crashReason = reason;
      if (this.#stopped === undefined) this.#restart(reason);
    });
    return run;
  }

  #restart(reason: string): void {
    const now = (this.#options.now ?? Date.now)();
    this.#crashes.push(now);
    while ((this.#crashes[0] ?? now) <= now - CRASH_WINDOW_MS) this.#crashes.shift();
    if (this.#crashes.length >= MAX_CRASHES) {
      this.#stopped = `The engine crashed ${MAX_CRASHES} times within a minute, the last time with ${reason}. Your work is saved. Restart Twinlens.`;
      return;
    }
    try {
      this.#run = this.#start();
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause);
      this.#stopped = `The engine crashed (${reason}) and cannot be restarted: ${message} Your work is saved. Restart Twinlens.`;
      return;
    }
    this.#options.onRestarted(reason);
  }
}

/** If the engine crashed during the call, an error that says so; otherwise the engine's own error. */
function toCrashError(cause: unknown, { crashReason }: EngineRun): unknown {
  if (crashReason === undefined) return cause;
  return engineEnded(`The engine crashed (${crashReason}). Your work is saved. Try again.`, cause);
}

function engineEnded(message: string, cause?: unknown): ORPCError<typeof ENGINE_ENDED, undefined> {
  return new ORPCError(ENGINE_ENDED, { status: 503, message, cause });
}

function isEventStream(output: unknown): output is AsyncGenerator<unknown> {
  return typeof output === "object" && output !== null && Symbol.asyncIterator in output;
}

/** The same events, with {@link toCrashError} applied. Ending early is forwarded at once, even while an event is pending. */
function withCrashErrors(
  events: AsyncGenerator<unknown>,
  run: EngineRun,
): AsyncIteratorClass<unknown> {
  return new AsyncIteratorClass(
    async () => {
      try {
        return await events.next();
      } catch (cause) {
        throw toCrashError(cause, run);
      }
    },
    async (how) => {
      if (how !== "next") await events.return(undefined);
    },
  );
}

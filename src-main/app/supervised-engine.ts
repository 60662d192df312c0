import { AsyncIteratorClass, createORPCClient, ORPCError } from "@orpc/client";
import { ENGINE_ENDED } from "../contract/errors.ts";
import type { EngineClient, RunningEngine } from "../engine-client/engine-client.ts";
import { callProcedure } from "./procedures.ts";

/** An engine that ends this often within the window does not come back: something on this machine breaks it each time. */
const MOST_CRASHES = 3;
const CRASH_WINDOW_MS = 60_000;

export interface SupervisedEngineOptions {
  readonly startEngine: () => RunningEngine;
  /** Called once another engine runs in place of one that ended by itself. */
  readonly onRestarted: (reason: string) => void;
  /** Milliseconds, for tests. */
  readonly now?: () => number;
}

/** An engine and how it ended, once it has. */
interface Life {
  readonly host: RunningEngine;
  endedBy: string | undefined;
}

/**
 * Keeps an engine running: one that crashes is followed by another, up to a limit. `client` always reaches the one that runs.
 */
export class SupervisedEngine implements AsyncDisposable {
  readonly client: EngineClient;
  readonly #options: SupervisedEngineOptions;
  readonly #crashes: number[] = [];
  #life: Life;
  /** Why no engine runs any more. */
  #stopped: string | undefined;

  constructor(options: SupervisedEngineOptions) {
    this.#options = options;
    this.#life = this.#start();
    this.client = createORPCClient({
      call: (path, input, { signal }) => this.#call(path, input, signal),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = "The program is ending.";
    await this.#life.host[Symbol.asyncDispose]();
  }

  async #call(path: readonly string[], input: unknown, signal: AbortSignal | undefined) {
    if (this.#stopped !== undefined) throw engineEnded(this.#stopped);
    const life = this.#life;
    try {
      const output = await callProcedure(life.host.client, path, input, signal);
      return isEvents(output) ? explained(output, life) : output;
    } catch (cause) {
      throw explain(cause, life);
    }
  }

  #start(): Life {
    const life: Life = { host: this.#options.startEngine(), endedBy: undefined };
    void life.host.crashed.then((how) => {
      life.endedBy = how;
      if (this.#stopped === undefined) this.#replace(how);
    });
    return life;
  }

  #replace(how: string): void {
    const now = (this.#options.now ?? Date.now)();
    this.#crashes.push(now);
    while ((this.#crashes[0] ?? now) <= now - CRASH_WINDOW_MS) this.#crashes.shift();
    if (this.#crashes.length >= MOST_CRASHES) {
      this.#stopped = `The engine ended unexpectedly ${MOST_CRASHES} times within a minute, at last by ${how}. What was done is kept; start the program again.`;
      return;
    }
    try {
      this.#life = this.#start();
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      this.#stopped = `The engine ended unexpectedly (${how}) and can't be started again (${reason}). Start the program again.`;
      return;
    }
    this.#options.onRestarted(how);
  }
}

/** Tells a call that failed because its engine ended from one that the engine itself refused. */
function explain(cause: unknown, { endedBy }: Life): unknown {
  if (endedBy === undefined) return cause;
  return engineEnded(
    `The engine ended unexpectedly (${endedBy}). What was done is kept; try again.`,
    cause,
  );
}

function engineEnded(message: string, cause?: unknown): ORPCError<typeof ENGINE_ENDED, undefined> {
  return new ORPCError(ENGINE_ENDED, { status: 503, message, cause });
}

function isEvents(output: unknown): output is AsyncGenerator<unknown> {
  return typeof output === "object" && output !== null && Symbol.asyncIterator in output;
}

/** The same events, with the end of the engine told as such. Leaving early is passed on at once, also while an event is awaited. */
function explained(events: AsyncGenerator<unknown>, life: Life): AsyncIteratorClass<unknown> {
  return new AsyncIteratorClass(
    async () => {
      try {
        return await events.next();
      } catch (cause) {
        throw explain(cause, life);
      }
    },
    async (how) => {
      if (how !== "next") await events.return(undefined);
    },
  );
}

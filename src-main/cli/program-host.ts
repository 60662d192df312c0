import type { Writable } from "node:stream";
import type { EngineClient, RunningEngine } from "../engine-client/engine-client.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";

/** The arguments of `twinlens serve`. */
export interface ServeRequest {
  readonly project: string | undefined;
  /** Folders that the page may see; the home folder if empty. */
  readonly roots: readonly string[];
  /** 0 for any free port. */
  readonly port: number;
  /** Whether to open the system's browser. */
  readonly open: boolean;
  /** Stops the server. */
  readonly signal: AbortSignal;
}

/** What the command line needs from its process. */
export interface ProgramHost {
  readonly startEngine: () => RunningEngine;
  /** Serves the app to browsers until the request's signal aborts. */
  readonly serve: (request: ServeRequest) => Promise<void>;
  /** Moves one file to the system's trash; see HostServices. */
  readonly trash: (file: string) => Promise<void>;
  /** Asks a question on the terminal; `null` if there is no terminal. */
  readonly ask: ((question: string) => Promise<string>) | null;
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly onInterrupt: (listener: () => void) => void;
}

/** One run of the command line, shared by all commands. */
export interface ProgramRun {
  readonly host: ProgramHost;
  /** Aborts on Ctrl-C. */
  readonly signal: AbortSignal;
  exitCode: ExitCode;
}

/** A failure with its own message and exit code. */
export class ExitError extends Error {
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, message: string) {
    super(message);
    this.exitCode = exitCode;
  }
}

/**
 * Runs a command against its own engine. If the engine crashes, the command fails.
 * @param command returns the exit code; nothing for success.
 */
export async function withEngine(
  run: ProgramRun,
  // biome-ignore lint/suspicious/noConfusingVoidType: most commands return nothing.
  command: (client: EngineClient) => Promise<ExitCode | void>,
): Promise<void> {
  await using engine = run.host.startEngine();
  const crash = engine.crashed.then((reason) => {
    throw new ExitError(
      EXIT.failed,
      `The engine crashed (${reason}). Progress is saved. Run the same command again to continue.`,
    );
  });
  run.exitCode = (await Promise.race([command(engine.client), crash])) ?? EXIT.done;
}

/** Writes and waits, so that a slow reader does not fill up memory. */
export function written(stream: Writable, data: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(data, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}

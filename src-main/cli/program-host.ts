import type { Writable } from "node:stream";
import type { EngineClient, RunningEngine } from "../engine-client/engine-client.ts";
import { STANDARD_OUTPUT } from "../text/paths.ts";
import { EXIT } from "./exit-codes.ts";

/** What `serve` was asked for. */
export interface ServeRequest {
  readonly project: string | undefined;
  /** Folders that the page may see; the home folder when there are none. */
  readonly roots: readonly string[];
  /** 0 for any that is free. */
  readonly port: number;
  /** Whether the system's browser is opened. */
  readonly open: boolean;
  /** Ends the server. */
  readonly signal: AbortSignal;
}

export interface ProgramHost {
  readonly startEngine: () => RunningEngine;
  /** Serves the interface to browsers until the request's signal. */
  readonly serve: (request: ServeRequest) => Promise<void>;
  /** Moves one file to the system's trash; see HostServices. */
  readonly trash: (file: string) => Promise<void>;
  /** Asks the person on the terminal; `null` where there is none. */
  readonly ask: ((question: string) => Promise<string>) | null;
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly onInterrupt: (listener: () => void) => void;
}

/** A failure that the program has a word and an exit code for. */
export class ExitError extends Error {
  readonly exitCode: number;

  constructor(exitCode: number, message: string) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Runs a command against an engine of its own; an engine that dies ends the command. */
export async function withEngine(
  host: ProgramHost,
  run: (client: EngineClient) => Promise<void>,
): Promise<void> {
  await using engine = host.startEngine();
  const crash = engine.crashed.then((how) => {
    throw new ExitError(
      EXIT.failed,
      `The engine ended unexpectedly (${how}). What was done is kept; run the same command again to go on.`,
    );
  });
  await Promise.race([run(engine.client), crash]);
}

/** Waits for a slow reader instead of piling a report up in memory. */
export function written(stream: Writable, data: string | Uint8Array): Promise<void> {
  return new Promise((done, fail) => {
    stream.write(data, (error) => {
      if (error) fail(error);
      else done();
    });
  });
}

/** @throws ExitError when more than one of the files asked for is standard output. */
export function requireOneTarget(targets: Readonly<Record<string, string>>): void {
  const own = Object.values(targets).filter((target) => target === STANDARD_OUTPUT);
  if (own.length > 1) throw new ExitError(EXIT.usage, "Only one report can go to standard output.");
}

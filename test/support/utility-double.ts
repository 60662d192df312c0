import { spawn } from "node:child_process";
import { EventEmitter } from "node:events";
import type { ForkOptions, UtilityProcess } from "electron";

/** Gives plain Node what a utility process has: `process.parentPort`, over Node's own channel. */
const PARENT_PORT = `
  const { EventEmitter } = await import("node:events");
  const { send } = process;
  const parentPort = new EventEmitter();
  process.on("message", (data) => parentPort.emit("message", { data, ports: [] }));
  parentPort.postMessage = (data) => send.call(process, data);
  process.parentPort = parentPort;
  // Removes what Electron's does not have, to keep the engine from depending on it.
  process.send = undefined;
`;

class UtilityDouble extends EventEmitter {
  readonly #child;

  constructor(entry: string, words: string[], { env, execArgv = [] }: ForkOptions) {
    super();
    const bootstrap = `data:text/javascript,${encodeURIComponent(PARENT_PORT)}`;
    this.#child = spawn(process.execPath, [...execArgv, "--import", bootstrap, entry, ...words], {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
      serialization: "advanced",
      env: { ...env },
    });
    this.#child.on("message", (data) => this.emit("message", data));
    this.#child.on("exit", (code) => this.emit("exit", code ?? 1));
  }
  get pid(): number | undefined {
    return this.#child.pid;
  }
  postMessage(message: unknown): void {
    this.#child.send(structuredClone(message) as object);
  }
  kill(): boolean {
    return this.#child.kill();
  }
}

/** Processes that differ from Electron's only in their implementation. */
export const utilities: UtilityDouble[] = [];

/** Replaces `utilityProcess.fork`. */
export function runningUtility(
  entry: string,
  words: string[] = [],
  options: ForkOptions = {},
): UtilityDouble {
  const utility = new UtilityDouble(entry, words, options);
  utility satisfies Pick<UtilityProcess, "pid" | "postMessage" | "kill">;
  utilities.push(utility);
  return utility;
}

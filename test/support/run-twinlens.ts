import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { vi } from "vitest";
import { freshFolder } from "./fresh-folder.ts";

const PROGRAM = resolve("bin/twinlens.js");

// On a machine that is busy, starting a process takes seconds: no test fails for that.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

/** What a run of the program came to. */
export interface Outcome {
  /** Exit code; `null` when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

export interface RunOptions extends Pick<SpawnOptions, "cwd" | "uid" | "gid" | "detached"> {
  /** Folder that stands for the user's data folder; one of its own by default. */
  readonly dataHome?: string;
  /** Words of a command that runs the program, such as one that limits what it may use. */
  readonly through?: readonly string[];
}

export interface RunningTwinlens {
  readonly process: ChildProcess;
  readonly pid: number;
  readonly outcome: Promise<Outcome>;
  /** Resolves once `pattern` stands in what was written to standard error, or the program has ended. */
  told(pattern: RegExp): Promise<void>;
}

/** Starts the program as a person would, with a user's data folder of its own. */
export function startTwinlens(
  words: readonly string[],
  { dataHome = freshFolder(), through = [], ...options }: RunOptions = {},
): RunningTwinlens {
  const [command = process.execPath, ...rest] = [...through, process.execPath, PROGRAM, ...words];
  const child = spawn(command, rest, {
    ...options,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, XDG_DATA_HOME: dataHome, HOME: dataHome },
  });
  const stdout: Buffer[] = [];
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const outcome = new Promise<Outcome>((done, fail) => {
    child.once("error", fail);
    child.once("close", (code, signal) =>
      done({ code, signal, stdout: Buffer.concat(stdout), stderr }),
    );
  });
  return {
    process: child,
    pid: child.pid ?? -1,
    outcome,
    async told(pattern) {
      const heard = new Promise<void>((done) => {
        const listen = () => {
          if (pattern.test(stderr)) done();
        };
        child.stderr.on("data", listen);
        listen();
      });
      await Promise.race([heard, outcome]);
    },
  };
}

/** Runs the program to its end. */
export function runTwinlens(words: readonly string[], options?: RunOptions): Promise<Outcome> {
  return startTwinlens(words, options).outcome;
}

/** Processes that a process has started and that still live. Linux only. */
export function childrenOf(pid: number): number[] {
  try {
    const list = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
    return list.trim().split(" ").filter(Boolean).map(Number);
  } catch {
    return []; // The process has ended.
  }
}

/** Whether a process lives; one that has ended and waits to be collected does not. Linux only. */
export function lives(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(join("/proc", String(pid), "status"), "utf8"));
  } catch {
    return false;
  }
}

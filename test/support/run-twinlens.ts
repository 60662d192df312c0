import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { vi } from "vitest";
import { freshFolder } from "./fresh-folder.ts";

const PROGRAM = resolve("bin/twinlens.js");

// On a busy machine, starting a process takes seconds. No test should fail because of that.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

/** The result of running the program. */
export interface Outcome {
  /** Exit code; `null` if a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

export interface RunOptions extends Pick<SpawnOptions, "cwd" | "uid" | "gid" | "detached"> {
  /** The user's data folder; a new one by default. */
  readonly dataHome?: string;
  /** A command that runs the program, such as one that limits its resources. */
  readonly through?: readonly string[];
}

export interface RunningTwinlens {
  readonly process: ChildProcess;
  readonly pid: number;
  readonly outcome: Promise<Outcome>;
  /** Resolves once `pattern` appears on standard error, or the program has ended. */
  told(pattern: RegExp): Promise<void>;
}

/** Starts the program as a user would, with a separate data folder. */
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

/** Live child processes of a process. Linux only. */
export function childrenOf(pid: number): number[] {
  try {
    const list = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
    return list.trim().split(" ").filter(Boolean).map(Number);
  } catch {
    return []; // The process has ended.
  }
}

/** Whether a process is alive. A zombie is not. Linux only. */
export function lives(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(join("/proc", String(pid), "status"), "utf8"));
  } catch {
    return false;
  }
}

import { Writable } from "node:stream";
import { runProgram } from "../../src-main/cli/program.ts";
import { freshFolder } from "./fresh-folder.ts";
import { runningEngine } from "./running-engine.ts";

/** The result of running the command line. */
export interface Answer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** The data folder; a new one by default. */
  readonly dataFolder?: string;
  /** For errors that must be reported before any work begins: the run fails if it starts an engine. */
  readonly withoutEngine?: boolean;
  /** Moves a file to the trash; by default there is none. */
  readonly trash?: (file: string) => Promise<void>;
  /** The user's answers on the terminal, in order; without them, there is no terminal. */
  readonly answers?: string[];
}

/**
 * Runs the command line and the engine in this process. Only the two processes and the channel between them are missing, which makes
 * it ten times as fast.
 */
export async function run(
  words: readonly string[],
  { dataFolder = freshFolder(), withoutEngine = false, answers, trash = noTrash }: RunOptions = {},
): Promise<Answer> {
  const [stdout, stderr] = [new Collector(), new Collector()];
  const code = await runProgram(words, {
    startEngine: () => {
      if (withoutEngine) throw new Error("The engine was started.");
      return {
        client: runningEngine(dataFolder),
        crashed: new Promise(() => {}),
        [Symbol.asyncDispose]: async () => {},
      };
    },
    serve: async () => {
      throw new Error("The server was started.");
    },
    trash,
    ask:
      answers === undefined
        ? null
        : async (question) => {
            stderr.write(question);
            return answers.shift() ?? "";
          },
    stdout,
    stderr,
    onInterrupt: () => {},
  });
  return { code, stdout: stdout.text(), stderr: stderr.text() };
}

async function noTrash(): Promise<void> {
  throw new Error("This system has no trash.");
}

class Collector extends Writable {
  readonly #chunks: Buffer[] = [];

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#chunks.push(chunk);
    done();
  }

  text(): string {
    return Buffer.concat(this.#chunks).toString();
  }
}

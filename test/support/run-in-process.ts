import { Writable } from "node:stream";
import { runProgram } from "../../src-main/cli/program.ts";
import { freshFolder } from "./fresh-folder.ts";
import { runningEngine } from "./running-engine.ts";

/** What a run of the command line came to. */
export interface Answer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** The program's own folder; one of its own by default. */
  readonly dataFolder?: string;
  /** Stands for a mistake that must be seen before any work begins: an engine that is started fails the run. */
  readonly withoutEngine?: boolean;
  /** Moves a file to the trash; by default there is none. */
  readonly trash?: (file: string) => Promise<void>;
  /** What the person answers on the terminal, one after the other; none for no terminal. */
  readonly answers?: string[];
}

/**
 * Runs the command line in this process, with an engine in it too: all but the two processes and the channel between them, at a tenth
 * of the time.
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

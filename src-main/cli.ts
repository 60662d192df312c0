import { createInterface } from "node:readline/promises";
import envPaths from "env-paths";
import { runProgram } from "./cli/program.ts";
import { startNodeEngine } from "./engine-client/node-engine.ts";

const dataFolder = envPaths("twinlens", { suffix: "" }).data;

process.exitCode = await runProgram(process.argv.slice(2), {
  startEngine: () => startNodeEngine(dataFolder),
  serve: async (request) => {
    // Loaded on demand, so that other commands start faster.
    const { serve } = await import("./serve.ts");
    await serve(request, {
      startEngine: () => startNodeEngine(dataFolder),
      dataFolder,
      stdout: process.stdout,
      stderr: process.stderr,
    });
  },
  trash: async (file) => {
    const { trashFile } = await import("./app/trash-file.ts");
    await trashFile(file);
  },
  ask: process.stdin.isTTY ? askOnTerminal : null,
  stdout: process.stdout,
  stderr: process.stderr,
  onInterrupt: (listener) => {
    process.on("SIGINT", listener);
    process.on("SIGTERM", listener);
  },
});

async function askOnTerminal(question: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  // readline catches Ctrl-C; pass it on to the program.
  terminal.once("SIGINT", () => process.kill(process.pid, "SIGINT"));
  try {
    return await terminal.question(question);
  } finally {
    terminal.close();
  }
}

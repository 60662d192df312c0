import envPaths from "env-paths";
import { runProgram } from "./command-line/program.ts";
import { startEngine } from "./engine-host/engine-child.ts";

const dataFolder = envPaths("twinlens", { suffix: "" }).data;

process.exitCode = await runProgram(process.argv.slice(2), {
  startEngine: () => startEngine(dataFolder),
  serve: async (request) => {
    // No other command has to wait until the server's packages are loaded.
    const { serve } = await import("./serve.ts");
    await serve(request, {
      startEngine: () => startEngine(dataFolder),
      dataFolder,
      stdout: process.stdout,
      stderr: process.stderr,
    });
  },
  stdout: process.stdout,
  stderr: process.stderr,
  onInterrupt: (listener) => {
    process.on("SIGINT", listener);
    process.on("SIGTERM", listener);
  },
});

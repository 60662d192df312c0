import envPaths from "env-paths";
import { runProgram } from "./command-line/program.ts";
import { startEngine } from "./engine-host/engine-child.ts";

const dataFolder = envPaths("twinlens", { suffix: "" }).data;

process.exitCode = await runProgram(process.argv.slice(2), {
  startEngine: () => startEngine(dataFolder),
  stdout: process.stdout,
  stderr: process.stderr,
  onInterrupt: (listener) => {
    process.on("SIGINT", listener);
    process.on("SIGTERM", listener);
  },
});

import { spawn } from "node:child_process";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { connectEngine, engineEnvironment, type RunningEngine } from "./engine-client.ts";
import { processPort } from "./message-ports.ts";

/** Absolute paths of a Node executable and of the engine's entry point. */
export interface EnginePaths {
  readonly node: string;
  readonly entry: string;
}

/** The Node that runs this file, and the engine next to it: TypeScript in a checkout, JavaScript once built. */
function ownPaths(): EnginePaths {
  const entry = new URL(`../engine-process${extname(import.meta.filename)}`, import.meta.url);
  return { node: process.execPath, entry: fileURLToPath(entry) };
}

/** V8's young generation, in MiB per half. The default of 16 costs 50 MB more after 3,000 images and is no faster. */
const SEMI_SPACE_MIB = 2;

/**
 * Starts the engine in a Node process.
 * @param dataFolder the program's folder in the user's data directory.
 */
export function startNodeEngine(
  dataFolder: string,
  { node, entry }: EnginePaths = ownPaths(),
): RunningEngine {
  const child = spawn(node, [`--max-semi-space-size=${SEMI_SPACE_MIB}`, entry, dataFolder], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    serialization: "advanced",
    env: engineEnvironment(),
  });
  return connectEngine({
    port: processPort(child),
    ended: new Promise((resolve) => {
      child.once("error", (cause) => resolve(cause.message));
      child.once("exit", (code, signal) => resolve(signal ?? `exit code ${code}`));
    }),
    stop: () => {
      if (child.connected) child.disconnect();
    },
    kill: () => child.kill("SIGKILL"),
  });
}

import { spawn } from "node:child_process";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { engineEnvironment } from "./engine-environment.ts";
import { type EngineHost, hostEngine } from "./hosted-engine.ts";
import { processPort } from "./process-port.ts";

export type { EngineClient, EngineHost } from "./hosted-engine.ts";

/** A Node to run the engine under, and the engine's entry. */
export interface EnginePlace {
  readonly node: string;
  readonly entry: string;
}

/** This very Node, and the engine beside this file. */
function here(): EnginePlace {
  const entry = new URL(`../engine-process${extname(import.meta.filename)}`, import.meta.url);
  return { node: process.execPath, entry: fileURLToPath(entry) };
}

/**
 * MiB of a half of V8's nursery. With the default of 16, each of a scan's short-lived buffers holds its memory outside of the heap for
 * long: 50 MB more after 3,000 images. Comparing pixels and vectors allocates next to nothing, so nothing takes longer.
 */
const NURSERY_MIB = 2;

/**
 * Starts the engine as a process of plain Node.
 * @param dataFolder the program's own folder in the user's data.
 */
export function startEngine(dataFolder: string, { node, entry }: EnginePlace = here()): EngineHost {
  const child = spawn(node, [`--max-semi-space-size=${NURSERY_MIB}`, entry, dataFolder], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    serialization: "advanced",
    env: engineEnvironment(),
  });
  return hostEngine({
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

import { createRequire } from "node:module";
import { join } from "node:path";
import { app, utilityProcess } from "electron";
import {
  connectEngine,
  engineEnvironment,
  type RunningEngine,
} from "../engine-client/engine-client.ts";
import { STOP_MESSAGE, utilityPort } from "../engine-client/message-ports.ts";
import { startNodeEngine } from "../engine-client/node-engine.ts";

/**
 * Starts the engine: in a utility process, or on Linux under the Node that ships with the program, because sharp crashes
 * inside Electron's binary there (lovell/sharp#4522).
 */
export function startDesktopEngine(dataFolder: string): RunningEngine {
  const root = unpacked(app.getAppPath());
  const entry = join(root, "dist", "engine-process.js");
  if (process.platform !== "linux") return startUtilityEngine(entry, dataFolder);
  const fromRoot = createRequire(join(root, "package.json"));
  const node = fromRoot.resolve(`node-linux-${process.arch}/bin/node`);
  return startNodeEngine(dataFolder, { node, entry });
}

/** @param entry a file outside the asar archive, from which native modules can be loaded. */
function startUtilityEngine(entry: string, dataFolder: string): RunningEngine {
  const child = utilityProcess.fork(entry, [dataFolder], {
    serviceName: "Twinlens engine",
    env: engineEnvironment(),
    stdio: "inherit",
  });
  return connectEngine({
    port: utilityPort(child),
    ended: new Promise((resolve) => {
      child.once("exit", (code) => resolve(`exit code ${code}`));
    }),
    stop: () => child.postMessage(STOP_MESSAGE),
    kill: () => child.kill(),
  });
}

/** The folder with the files that cannot run from inside the archive. A checkout has no archive. */
function unpacked(appPath: string): string {
  return appPath.replace(/app\.asar$/, "app.asar.unpacked");
}

import { utilityProcess } from "electron";
import { engineEnvironment } from "../engine-client/engine-environment.ts";
import { type EngineHost, hostEngine } from "../engine-client/hosted-engine.ts";
import { STOP_MESSAGE, utilityPort } from "../engine-client/utility-port.ts";

/** Starts the engine in a utility process of Electron. @param entry a file outside the archive, where natives can be loaded from */
export function startUtilityEngine(entry: string, dataFolder: string): EngineHost {
  const child = utilityProcess.fork(entry, [dataFolder], {
    serviceName: "Twinlens engine",
    env: engineEnvironment(),
    stdio: "inherit",
  });
  return hostEngine({
    port: utilityPort(child),
    ended: new Promise((resolve) => {
      child.once("exit", (code) => resolve(`exit code ${code}`));
    }),
    stop: () => child.postMessage(STOP_MESSAGE),
    kill: () => child.kill(),
  });
}

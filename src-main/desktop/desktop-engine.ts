import { createRequire } from "node:module";
import { join } from "node:path";
import { app } from "electron";
import { startEngine } from "../engine-client/engine-child.ts";
import type { EngineHost } from "../engine-client/hosted-engine.ts";
import { startUtilityEngine } from "./utility-engine.ts";

/**
 * Starts the engine where the desktop can. On Linux, sharp crashes in any process of Electron's binary (its GLib and libvips' clash,
 * lovell/sharp#4522), so a Node that comes as a package runs it there.
 */
export function startDesktopEngine(dataFolder: string): EngineHost {
  const root = unpacked(app.getAppPath());
  const entry = join(root, "dist", "engine-process.js");
  if (process.platform !== "linux") return startUtilityEngine(entry, dataFolder);
  const fromRoot = createRequire(join(root, "package.json"));
  const node = fromRoot.resolve(`node-linux-${process.arch}/bin/node`);
  return startEngine(dataFolder, { node, entry });
}

/** Where the files that can't be run from inside the archive stand: beside it. In a checkout there is no archive. */
function unpacked(appPath: string): string {
  return appPath.replace(/app\.asar$/, "app.asar.unpacked");
}

// Opens Twinlens in its window, or in the browser if Electron's runtime cannot be downloaded. Runs on Node 20 or newer.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { NODE_NEEDED, run, supportedNode } from "../bin/launcher.js";
import { buildDesktop } from "./build.js";

/** Time limit for downloading the runtime (about 120 MB). */
const DOWNLOAD_TIMEOUT_MS = 180_000;

/** Path of Electron's executable in its runtime's folder, unless it is "electron". */
const PROGRAMS = new Map([
  ["darwin", "Electron.app/Contents/MacOS/Electron"],
  ["win32", "electron.exe"],
]);

const root = fileURLToPath(new URL("..", import.meta.url));
const words = process.argv.slice(2);

const node = supportedNode();
if (node === null) {
  console.error(NODE_NEEDED);
  process.exit(1);
}
buildDesktop();
const runtime = electronRuntime(node);
if (runtime === null) {
  console.error(
    "Electron's runtime is missing and cannot be downloaded: opening in the browser instead.",
  );
  // `serve` takes one project; folders are chosen in the page.
  await run(node, [join(root, "bin", "twinlens.js"), "serve", ...words, "--open"]);
} else {
  await run(runtime, [root, ...words]);
}

/**
 * Electron's executable, downloaded if missing. The package would download it on import, without a time limit.
 * @param {string} node
 * @returns {string | null}
 */
function electronRuntime(node) {
  const folder = dirname(createRequire(import.meta.url).resolve("electron/package.json"));
  const program = PROGRAMS.get(process.platform) ?? "electron";
  const runtime = join(process.env.ELECTRON_OVERRIDE_DIST_PATH ?? join(folder, "dist"), program);
  if (!existsSync(runtime)) {
    console.error("Downloading Electron's runtime...");
    spawnSync(node, [join(folder, "install.js")], {
      stdio: "ignore",
      timeout: DOWNLOAD_TIMEOUT_MS,
    });
  }
  return existsSync(runtime) ? runtime : null;
}

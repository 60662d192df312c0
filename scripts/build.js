// Builds what a checkout needs to run, if it is missing or older than its source.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { NODE_NEEDED, supportedNode } from "../bin/launcher.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const PAGE_SOURCE = ["src-renderer", "src-main/contract", "src-main/text"];

/** The page that `twinlens serve` shows. */
export function buildPage() {
  if (isCurrent(["out/renderer/index.html"], PAGE_SOURCE)) return;
  console.error("Building the page...");
  tool("vite/bin/vite.js", "build", "src-renderer", "--logLevel", "warn");
}

/** Everything the desktop program runs: engine, main process, preload script and page. */
export function buildDesktop() {
  const built = ["dist/engine-process.js", "out/main/main.js", "out/renderer/index.html"];
  if (isCurrent(built, ["src-main", "src-renderer"])) return;
  console.error("Building...");
  // Types are checked by `npm run types`, which lets work in progress run.
  tool("typescript/bin/tsc", "-p", "tsconfig.build.json", "--noCheck");
  tool("electron-vite/bin/electron-vite.js", "build", "--logLevel", "warn");
}

/** @param {string[]} built files @param {string[]} sources folders */
function isCurrent(built, sources) {
  const oldest = Math.min(...built.map((file) => changed(join(root, file))));
  const newest = sources.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((name) =>
      changed(join(root, folder, name)),
    ),
  );
  return oldest >= Math.max(...newest);
}

/** @param {string} file */
function changed(file) {
  return existsSync(file) ? statSync(file).mtimeMs : 0;
}

/** @param {string} path below node_modules @param {string[]} words */
function tool(path, ...words) {
  const node = supportedNode();
  if (node === null) throw new Error(NODE_NEEDED);
  const { status } = spawnSync(node, [join(root, "node_modules", path), ...words], {
    cwd: root,
    stdio: ["ignore", "ignore", "inherit"],
  });
  if (status !== 0) process.exit(status ?? 1);
}

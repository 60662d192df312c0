// Opens Twinlens in its window; where Electron's runtime is missing and can't be fetched, in the browser. Any Node from 20 on runs this.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** How long fetching the runtime (about 120 MB) may take. */
const FETCH_TIMEOUT_MS = 180_000;
const OLDEST_NODE = 22;

const root = fileURLToPath(new URL("..", import.meta.url));
const require = createRequire(import.meta.url);
const words = process.argv.slice(2);

build();
const runtime = electronRuntime();
if (runtime === null) {
  console.error(
    "Electron's runtime is missing and can't be fetched here: opening in the browser instead.",
  );
  // `serve` takes one project; folders are chosen in the page.
  await run(node(), [join(root, "bin", "twinlens.js"), "serve", ...words, "--open"]);
} else {
  await run(runtime, [root, ...words]);
}

/** Builds what is missing or older than its source. */
function build() {
  const built = [
    join(root, "dist/engine-process.js"),
    join(root, "out/main/main.js"),
    join(root, "out/renderer/index.html"),
  ];
  const oldest = Math.min(...built.map((file) => (existsSync(file) ? statSync(file).mtimeMs : 0)));
  const newest = Math.max(
    ...["src-main", "src-renderer"].map((folder) => newestIn(join(root, folder))),
  );
  if (oldest > newest) return;
  console.error("Building...");
  // Types are `npm run types`'s matter: an editor's work in progress can be looked at.
  tool("typescript/bin/tsc", "-p", "tsconfig.build.json", "--noCheck");
  tool("electron-vite/bin/electron-vite.js", "build", "--logLevel", "warn");
}

/** @param {string} folder */
function newestIn(folder) {
  return Math.max(
    ...readdirSync(folder, { recursive: true }).map(
      (name) => statSync(join(folder, String(name))).mtimeMs,
    ),
  );
}

/** @param {string} path @param {string[]} words */
function tool(path, ...words) {
  const { status } = spawnSync(node(), [join(root, "node_modules", path), ...words], {
    cwd: root,
    stdio: ["ignore", "ignore", "inherit"],
  });
  if (status !== 0) process.exit(status ?? 1);
}

/** A Node that the natives and the tools run on: this one, or the one that comes as a package on Linux. */
function node() {
  if (Number(process.versions.node.split(".")[0]) >= OLDEST_NODE) return process.execPath;
  try {
    return require.resolve(`node-linux-${process.arch}/bin/node`);
  } catch {
    console.error(`Twinlens needs Node.js ${OLDEST_NODE} or newer; install one from nodejs.org.`);
    return process.exit(1);
  }
}

/**
 * Electron's program, fetched once if need be. The package itself would do so on import, without an end in time.
 * @returns {string | null}
 */
function electronRuntime() {
  const folder = dirname(require.resolve("electron/package.json"));
  const platformPath =
    { darwin: "Electron.app/Contents/MacOS/Electron", win32: "electron.exe" }[process.platform] ??
    "electron";
  const dist = process.env.ELECTRON_OVERRIDE_DIST_PATH ?? join(folder, "dist");
  const runtime = join(dist, platformPath);
  if (!existsSync(runtime)) {
    console.error("Fetching Electron's runtime...");
    spawnSync(node(), [join(folder, "install.js")], { stdio: "ignore", timeout: FETCH_TIMEOUT_MS });
  }
  return existsSync(runtime) ? runtime : null;
}

/**
 * Runs a program until its end, which is this one's too.
 * @param {string} program @param {string[]} words
 */
async function run(program, words) {
  const child = spawn(program, words, { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
  process.exitCode = await new Promise((resolve) => {
    child.once("error", (cause) => {
      console.error(cause.message);
      resolve(1);
    });
    child.once("exit", (code, signal) => resolve(code ?? (signal === "SIGINT" ? 130 : 1)));
  });
}

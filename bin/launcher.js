// Finds a Node that can run Twinlens, and runs programs to their end. Plain JavaScript that any Node can parse.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const { engines } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));

/**
 * Whether a Node version is in the range of `engines.node` in package.json, the one place that names it.
 * @param {string} version such as `22.18.0`
 * @param {string} range of the form `^22.18 || >=24`
 */
export function isSupported(version, range = engines.node) {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return range.split("||").some((part) => {
    const [, operator, ...numbers] = /^(\^|>=)(\d+)(?:\.(\d+))?$/.exec(part.trim()) ?? [];
    const [leastMajor = 0, leastMinor = 0] = numbers.filter(Boolean).map(Number);
    if (major === leastMajor) return minor >= leastMinor;
    return operator === ">=" && major > leastMajor;
  });
}

/**
 * The Node to run with: the current one, or on Linux the bundled one.
 * @returns {string | null} `null` if neither is new enough
 */
export function supportedNode() {
  if (isSupported(process.versions.node)) return process.execPath;
  try {
    return createRequire(import.meta.url).resolve(`node-linux-${process.arch}/bin/node`);
  } catch {
    return null;
  }
}

/** The message if {@link supportedNode} finds none. */
export const NODE_NEEDED = `Twinlens needs Node.js ${engines.node}, this is ${process.versions.node}. Install a newer one from nodejs.org.`;

/**
 * Runs a program until it ends and takes over its exit code. Signals that end this process are passed on.
 * @param {string} program
 * @param {string[]} words
 */
export async function run(program, words) {
  const child = spawn(program, words, { stdio: "inherit" });
  const signals = /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"]);
  for (const signal of signals) process.on(signal, () => child.kill(signal));
  process.exitCode = await new Promise((resolve) => {
    child.once("error", (cause) => {
      console.error(cause.message);
      resolve(1);
    });
    child.once("exit", (code, signal) => resolve(code ?? (signal === "SIGINT" ? 130 : 1)));
  });
}

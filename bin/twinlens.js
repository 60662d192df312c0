#!/usr/bin/env node
// Runs the command line on a Node that it supports. A checkout runs its TypeScript source; the package has only the build.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { NODE_NEEDED, run, supportedNode } from "./launcher.js";

const node = supportedNode();
if (node === process.execPath) {
  const source = new URL("../src-main/cli.ts", import.meta.url);
  const isCheckout = existsSync(source);
  if (isCheckout && process.argv[2] === "serve") (await import("../scripts/build.js")).buildPage();
  await import(isCheckout ? source.href : new URL("../dist/cli.js", import.meta.url).href);
} else if (node !== null) {
  await run(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)]);
} else {
  console.error(NODE_NEEDED);
  process.exitCode = 1;
}

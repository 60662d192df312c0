#!/usr/bin/env node
// Plain JavaScript that any Node can read: it finds a Node that the native modules run on, or says what is missing.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const OLDEST_NODE = 22;
const self = fileURLToPath(import.meta.url);

function packagedNode() {
  try {
    return createRequire(self).resolve(`node-linux-${process.arch}/bin/node`);
  } catch {
    return null;
  }
}

if (Number(process.versions.node.split(".")[0]) >= OLDEST_NODE) {
  // A checkout runs as its source stands; the package has no source.
  const source = new URL("../src-main/cli.ts", import.meta.url);
  const built = new URL("../dist/cli.js", import.meta.url);
  await import(existsSync(source) ? source : built);
} else {
  const node = process.platform === "linux" ? packagedNode() : null;
  if (node === null) {
    process.stderr.write(
      `twinlens: needs Node.js ${OLDEST_NODE} or newer, this is ${process.versions.node}; install a newer one from nodejs.org.\n`,
    );
    process.exitCode = 1;
  } else {
    const { status, signal } = spawnSync(node, [self, ...process.argv.slice(2)], {
      stdio: "inherit",
    });
    process.exitCode = status ?? (signal === "SIGINT" ? 130 : 1);
  }
}

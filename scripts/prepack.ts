/**
 * Runs before `npm pack` and `npm publish`: builds what the package runs, and takes the install script out of the bundled ONNX Runtime.
 * That script downloads CUDA (400 MB) from another host and fails without it; `npm run cuda:install` runs it when asked.
 */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

const root = path.join(import.meta.dirname, "..");
execFileSync("npm", ["run", "-s", "build"], { cwd: root, stdio: "inherit" });

const file = path.join(root, "node_modules/onnxruntime-node/package.json");
const { scripts, ...manifest } = JSON.parse(readFileSync(file, "utf8"));
if (scripts) writeFileSync(file, `${JSON.stringify(manifest, null, 2)}\n`);

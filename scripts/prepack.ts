/**
 * Runs before `npm pack` and `npm publish`: builds the package's files and removes the install script from the bundled ONNX Runtime.
 * That script downloads CUDA (400 MB) from another host and fails if it cannot; `npm run cuda:install` runs it on request.
 */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

const root = path.join(import.meta.dirname, "..");
execFileSync("npm", ["run", "-s", "build"], { cwd: root, stdio: "inherit" });

const file = path.join(root, "node_modules/onnxruntime-node/package.json");
const { scripts, ...manifest } = JSON.parse(readFileSync(file, "utf8"));
if (scripts) writeFileSync(file, `${JSON.stringify(manifest, null, 2)}\n`);

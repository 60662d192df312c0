/**
 * Downloads ONNX Runtime's CUDA libraries (about 400 MB, from nuget.org), which `npm install` skips.
 *
 *     npm run cuda:install
 *
 * Runs the runtime's own install script. It prefers the environment over its flags, and npm sets the `skip` of .npmrc in
 * the environment. That is why this script sets the variable that overrides both.
 */
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import path from "node:path";

if (process.platform !== "linux" || process.arch !== "x64") {
  console.error(
    `ONNX Runtime offers CUDA on Linux x64 only, this is ${process.platform} ${process.arch}. ` +
      "Run twinlens devices to see what this machine can use.",
  );
  process.exit(1);
}

const manifest = createRequire(import.meta.url).resolve("onnxruntime-node/package.json");
const { status, stderr } = spawnSync(
  process.execPath,
  [path.join(path.dirname(manifest), "script/install.js")],
  {
    env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: "cuda12" },
    stdio: ["ignore", "inherit", "pipe"],
    encoding: "utf8",
  },
);
if (status !== 0) {
  const reason = /^\w*Error: .*$/m.exec(stderr)?.[0] ?? stderr.trim();
  console.error(
    `CUDA was not installed: ${reason}\n` +
      "Check that this machine reaches api.nuget.org (GLOBAL_AGENT_HTTPS_PROXY names a proxy), then run it again.",
  );
  process.exit(1);
}
console.log(
  "CUDA is installed. It needs an NVIDIA driver, CUDA 12 and cuDNN 9; twinlens devices checks.",
);

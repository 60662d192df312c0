/**
 * Fetches the CUDA libraries of ONNX Runtime (some 400 MB, from nuget.org), which `npm install` leaves out.
 *
 *     npm run cuda:install
 *
 * Runs the runtime's own install script. That one obeys the environment before its flags, and npm puts the `skip` of
 * .npmrc there, hence the variable that comes before both.
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

/**
 * Compiles `kernels/shrink.ts` (AssemblyScript) to WebAssembly and writes `src-main/engine/scan/decode/shrink-kernel.ts`.
 *
 *     npm run kernel
 *
 * npx downloads the compiler. It is not a dependency because it takes 100 MB and the kernel rarely changes.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

const COMPILER = "assemblyscript@0.28.20";
const root = path.join(import.meta.dirname, "..");
const source = path.join(root, "kernels/shrink.ts");

const folder = mkdtempSync(path.join(tmpdir(), "twinlens-kernel-"));
try {
  const compiled = path.join(folder, "shrink.wasm");
  execFileSync(
    "npx",
    [
      ...["--yes", `--package=${COMPILER}`, "asc", source, "--outFile", compiled, "-O3"],
      ...["--enable", "simd", "--runtime", "stub", "--use", "Math=NativeMath"],
      ...["--importMemory", "--noExportMemory"],
    ],
    { stdio: "inherit" },
  );
  const digest = createHash("sha256").update(readFileSync(source)).digest("hex");
  writeFileSync(
    path.join(root, "src-main/engine/scan/decode/shrink-kernel.ts"),
    `// Generated from kernels/shrink.ts by \`npm run kernel\` with ${COMPILER}.

/** SHA-256 of the source file. */
export const SOURCE_SHA256 = "${digest}";

/** WebAssembly in base64. */
export const SHRINK_KERNEL =
${lines(readFileSync(compiled).toString("base64"))};
`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function lines(text: string): string {
  const parts = text.match(/.{1,92}/g) ?? [];
  return parts.map((part) => `  "${part}"`).join(" +\n");
}

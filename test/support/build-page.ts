import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { CHROMIUM } from "./chromium.ts";

const BUILT = "out/renderer/index.html";
/** What the page is built from. */
const SOURCES = ["src-renderer", "src-main/contract"];

/** Builds the page when it is missing or older than what it is built from; once, before all tests that open it. */
export default function buildPage(): void {
  if (!existsSync(CHROMIUM)) return;
  const built = existsSync(BUILT) ? statSync(BUILT).mtimeMs : 0;
  if (SOURCES.some((folder) => latestChange(folder) > built)) {
    execFileSync(process.execPath, ["node_modules/vite/bin/vite.js", "build", "src-renderer"]);
  }
}

function latestChange(folder: string): number {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return Math.max(...files.map((file) => statSync(join(folder, file)).mtimeMs));
}

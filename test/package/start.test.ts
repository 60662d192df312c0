import { spawn } from "node:child_process";
import { join, resolve } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { cookiesOf } from "../support/cookies.ts";
import { freshFolder } from "../support/fresh-folder.ts";

const root = resolve(import.meta.dirname, "../..");
const START_TIMEOUT_MS = 120_000;

describe("npm start without Electron's runtime", () => {
  test(
    "says so in one line and opens the browser host instead",
    async () => {
      const nothing = freshFolder();
      const child = spawn(process.execPath, [join(root, "scripts/start.js")], {
        env: {
          ...process.env,
          // No runtime, no download, and no browser to open.
          ELECTRON_OVERRIDE_DIST_PATH: nothing,
          ELECTRON_MIRROR: "http://127.0.0.1:9/",
          PATH: nothing,
          XDG_DATA_HOME: nothing,
          HOME: nothing,
        },
      });
      const told = { stdout: "", stderr: "" };
      for (const name of ["stdout", "stderr"] as const)
        child[name].on("data", (chunk: Buffer) => {
          told[name] += chunk.toString();
        });
      const ended = new Promise((done) => child.once("exit", done));
      await vi.waitFor(() => expect(told.stdout).toContain("\n"), START_TIMEOUT_MS);
      expect(told.stderr).toMatch(/^Electron's runtime is missing and cannot be downloaded: .+$/m);
      expect(await cookiesOf(told.stdout.trim())).toHaveLength(1);
      child.kill("SIGINT");
      expect(await ended).toBe(0);
    },
    START_TIMEOUT_MS,
  );
});

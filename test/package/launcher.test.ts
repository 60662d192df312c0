import { spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { isSupported } from "../../bin/launcher.js";
import { freshFolder } from "../support/fresh-folder.ts";

const LAUNCHER = resolve(import.meta.dirname, "../../bin/launcher.js");

describe("the launcher", () => {
  test.each([
    ["20.20.2", false],
    ["22.0.0", false],
    ["22.17.1", false],
    ["22.18.0", true],
    ["23.11.0", false],
    ["24.0.0", true],
    ["26.1.0", true],
  ])("runs on Node %s: %s", (version, isRight) => {
    expect(isSupported(version)).toBe(isRight);
  });

  test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
    "passes %s on to its child process, and exits with it",
    async (signal) => {
      const program = `process.on("${signal}", () => process.exit(7)); setInterval(() => {}, 1000); console.log(process.pid);`;
      const launcher = spawn(
        process.execPath,
        [
          "--input-type=module",
          "--eval",
          `import { run } from ${JSON.stringify(LAUNCHER)}; await run(process.execPath, ["--eval", ${JSON.stringify(program)}]);`,
        ],
        { cwd: freshFolder(), stdio: ["ignore", "pipe", "inherit"] },
      );
      const [line] = (await once(launcher.stdout, "data")) as [Buffer];
      launcher.kill(signal);
      expect(await once(launcher, "exit")).toEqual([7, null]);
      expect(() => process.kill(Number(line), 0)).toThrow("ESRCH");
    },
  );
});

import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { folderOf } from "../support/drawn-data-set.ts";
import { freshFolder } from "../support/fresh-folder.ts";
import { run } from "../support/run-in-process.ts";
import { childrenOf, lives, type RunningTwinlens, startTwinlens } from "../support/run-twinlens.ts";

const ADDRESS = /^(http:\/\/127\.0\.0\.1:(\d+)\/)\?token=[\w-]+$/m;

/** Starts a server and waits for its address. */
async function serving(...words: string[]) {
  const running = startTwinlens(["serve", ...words]);
  let stdout = "";
  running.process.stdout?.on("data", (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  await running.told(/Press Ctrl-C to stop\.$/m);
  const [address = "", base = "", port = ""] = ADDRESS.exec(stdout) ?? [];
  return { running, address, base, port };
}

async function interrupted(running: RunningTwinlens) {
  running.process.kill("SIGINT");
  const { code, signal } = await running.outcome;
  return { code, signal };
}

test("the help explains what the page can access and how to stop the server", async () => {
  const { code, stdout } = await run(["serve", "--help"], { withoutEngine: true });
  expect(code).toBe(0);
  for (const option of ["--root", "--port", "--open"]) expect(stdout).toContain(`  ${option}`);
  expect(stdout).toMatch(/Ctrl-C stops it/);
});

test.each(["-1", "65536", "http"])("port %s is refused with exit code 2", async (port) => {
  const { code, stderr } = await run(["serve", "--port", port], { withoutEngine: true });
  expect(code).toBe(2);
  expect(stderr).toMatch(/Expected a whole number from 0 to 65535/);
});

describe.runIf(process.platform !== "win32")("a server", () => {
  let root: string;
  beforeAll(async () => {
    root = await folderOf({ "train/1.jpg": 1 });
    // The program serves the page from the build folder.
    if (!existsSync("out/renderer/index.html"))
      execFileSync(process.execPath, ["node_modules/vite/bin/vite.js", "build", "src-renderer"]);
  });

  test("opens the page for anyone who has its address, stops on Ctrl-C and leaves no engine behind", async () => {
    const { running, address, base } = await serving("--root", root);
    const [engine = -1] = childrenOf(running.pid);
    const admitted = await fetch(address, { redirect: "manual" });
    expect(admitted.status).toBe(303);
    const cookie = admitted.headers.get("set-cookie")?.split(";")[0] ?? "";
    expect((await fetch(base, { headers: { cookie } })).status).toBe(200);
    expect((await fetch(base)).status).toBe(403);
    expect(await interrupted(running)).toEqual({ code: 0, signal: null });
    expect(lives(engine)).toBe(false);
  });

  test("runs alongside another one, each with its own port and sessions", async () => {
    const [a, b] = await Promise.all([serving("--root", root), serving("--root", root)]);
    expect(a.port).not.toBe(b.port);
    const admitted = await fetch(a.address, { redirect: "manual" });
    const cookie = admitted.headers.get("set-cookie")?.split(";")[0] ?? "";
    expect((await fetch(b.base, { headers: { cookie } })).status).toBe(403);
    for (const { running } of [a, b]) await interrupted(running);
  });

  test.runIf(process.platform === "linux")(
    "hands its address to the browser in a private file and never on a command line",
    async () => {
      const opened = join(freshFolder(), "opened");
      const commands = freshFolder();
      const opener = `#!/bin/sh\necho "$@" > ${opened}.partial\nmv ${opened}.partial ${opened}\nsleep 5\n`;
      writeFileSync(join(commands, "xdg-open"), opener, { mode: 0o755 });
      const before = process.env.PATH;
      process.env.PATH = `${commands}:${before}`;
      const { running, address } = await serving("--root", root, "--open").finally(() => {
        process.env.PATH = before;
      });
      while (!existsSync(opened)) await setTimeout(20);
      const words = readFileSync(opened, "utf8").trim();
      expect(words).toMatch(/^file:\/\/\/\S+\.html$/);
      const token = new URL(address).searchParams.get("token") ?? "";
      expect(commandLines().some((line) => line.includes(words))).toBe(true);
      expect(commandLines().filter((line) => line.includes(token))).toEqual([]);

      const file = fileURLToPath(words);
      expect(readFileSync(file, "utf8")).toContain(`url=${address}"`);
      expect(statSync(file).mode & 0o777).toBe(0o600);
      expect(statSync(dirname(file)).mode & 0o777).toBe(0o700);
      expect((await fetch(address, { redirect: "manual" })).status).toBe(303);
      while (existsSync(dirname(file))) await setTimeout(20);
      await interrupted(running);
    },
  );

  test.runIf(process.platform === "linux")(
    "that no browser was opened for leaves no file with its address behind",
    async () => {
      const temporary = freshFolder();
      const [path, folder] = [process.env.PATH, process.env.TMPDIR];
      Object.assign(process.env, { PATH: freshFolder(), TMPDIR: temporary });
      const { running } = await serving("--root", root, "--open").finally(() => {
        process.env.PATH = path;
        if (folder === undefined) delete process.env.TMPDIR;
        else process.env.TMPDIR = folder;
      });
      await running.told(/Cannot open a browser: .* Open the address above yourself\.$/m);
      expect(readdirSync(temporary)).toEqual([expect.stringMatching(/^twinlens-/)]);
      await interrupted(running);
      expect(readdirSync(temporary)).toEqual([]);
    },
  );

  test("whose port is in use says so in one line", async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const { port } = other.address() as AddressInfo;
    const words = ["serve", "--root", root, "--port", String(port)];
    const { code, stdout, stderr } = await startTwinlens(words).outcome;
    other.close();
    expect({ code, stdout: String(stdout) }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toBe(
      `twinlens: Port ${port} is in use. Choose another with --port, or leave --port out to use any free port.\n`,
    );
  });

  test.each([
    ["a root that does not exist", ["--root", "/nowhere/at-all"], /The root .* is not a folder\./],
    ["a project that does not exist", ["nowhere.twinlens"], /nowhere\.twinlens/],
  ])("for %s says so in one line", async (_which, words, message) => {
    const cwd = freshFolder();
    const { code, stderr } = await startTwinlens(["serve", ...words], { cwd }).outcome;
    expect(code).toBe(1);
    expect(stderr.trimEnd().split("\n")).toEqual([expect.stringMatching(message)]);
    expect(existsSync(join(cwd, "nowhere.twinlens"))).toBe(false);
  });
});

/** The command lines of all processes. */
function commandLines(): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf8");
      } catch {
        return ""; // The process has ended.
      }
    });
}

import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, test } from "vitest";
import { cookiesOf } from "../support/cookies.ts";
import { freshFolder } from "../support/fresh-folder.ts";

const root = resolve(import.meta.dirname, "../..");
/** Packing compresses 300 MB. */
const PACK_TIMEOUT_MS = 900_000;

describe("the npm package, installed in an empty folder", () => {
  const folder = freshFolder();
  const env = { ...process.env, HOME: folder, XDG_DATA_HOME: folder };
  const run = (program: string, words: string[], cwd: string) =>
    promisify(execFile)(program, words, { cwd, env, maxBuffer: 2 ** 26 });

  beforeAll(async () => {
    await run("npm", ["pack", "--silent", "--pack-destination", folder], root);
    const [tarball] = readdirSync(folder).filter((name) => name.endsWith(".tgz"));
    await run("npm", ["install", "--silent", `./${tarball}`], folder);
  }, PACK_TIMEOUT_MS);

  test("draws and scans the demo", async () => {
    const { stdout } = await run("npx", ["twinlens", "demo", "--quiet", "--json", "-"], folder);
    const report = JSON.parse(stdout);
    expect(report.splits.map(({ name }: { name: string }) => name)).toEqual([
      "train",
      "test",
      "val",
    ]);
    expect(report.clusters.length).toBeGreaterThan(0);
  });

  test("serves the app", async () => {
    const child = spawn(join(folder, "node_modules/.bin/twinlens"), ["serve"], {
      cwd: folder,
      env,
      stdio: ["ignore", "pipe", "ignore"],
    });
    const [line] = (await once(child.stdout, "data")) as [Buffer];
    expect(await cookiesOf(line.toString().trim())).toHaveLength(1);
    child.kill("SIGINT");
    expect(await once(child, "exit")).toEqual([0, null]);
  });
});

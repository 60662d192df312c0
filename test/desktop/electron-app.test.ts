import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { _electron, type ElectronApplication, type Page } from "playwright";
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { type BuiltProgram, buildProgram } from "../support/built-program.ts";
import { freshFolder } from "../support/fresh-folder.ts";

/** Found by its path, because importing the package would start a download. */
const ELECTRON = join(
  dirname(createRequire(import.meta.url).resolve("electron/package.json")),
  "dist",
  { darwin: "Electron.app/Contents/MacOS/Electron", win32: "electron.exe" }[
    process.platform as string
  ] ?? "electron",
);
const BUILD_TIMEOUT_MS = 120_000;
const root = resolve(import.meta.dirname, "../..");

describe.skipIf(!existsSync(ELECTRON))(
  `the desktop program on Electron's own runtime (${ELECTRON})`,
  () => {
    let program: BuiltProgram;
    let app: ElectronApplication;
    let page: Page;

    beforeAll(async () => {
      program = await buildProgram();
    }, BUILD_TIMEOUT_MS);

    const launch = (words: readonly string[] = []) =>
      _electron.launch({
        executablePath: ELECTRON,
        args: [program.withProbe, ...words, ...(process.getuid?.() === 0 ? ["--no-sandbox"] : [])],
        cwd: root,
        env: { ...(process.env as Record<string, string>), ...homes() },
      });

    beforeEach(async () => {
      app = await launch(["/projects/pets.twinlens"]);
      page = await app.firstWindow();
      await vi.waitFor(async () => {
        if (!(await page.evaluate(() => Reflect.has(globalThis, "probe")))) throw new Error();
      }, BUILD_TIMEOUT_MS);
    });
    afterEach(() => app.close());

    const call = (path: string, input?: unknown) =>
      page.evaluate(
        ([path, input]) => Reflect.get(globalThis, "probe").call(path.split("."), input),
        [path, input] as const,
      );

    test("runs on its own scheme and is connected", async () => {
      expect(page.url()).toBe("app://twinlens/");
      expect((await call("host.info")).value).toMatchObject({
        kind: "desktop",
        opened: ["/projects/pets.twinlens"],
      });
    });

    test("runs the engine", async () => {
      expect((await call("recognizeSplits", { root: freshFolder() })).error).toBeUndefined();
    });

    test("gives its page neither Node nor a way out", async () => {
      const address = page.url();
      expect(await page.evaluate(() => Reflect.has(globalThis, "require"))).toBe(false);
      await page.evaluate(() => {
        Reflect.get(globalThis, "location").href = "https://elsewhere.test/";
      });
      const opened = await page.evaluate(() => Reflect.get(globalThis, "open")("https://a.test/"));
      expect(opened).toBeNull();
      expect(page.url()).toBe(address);
      expect(app.windows()).toHaveLength(1);
    });

    test("shows a missing image as broken, not as a page", async () => {
      const failed = page.evaluate(async () => {
        const picture = new (Reflect.get(globalThis, "Image"))();
        picture.src = "thumb://pictures/00/1/160";
        return await picture.decode().then(
          () => false,
          () => true,
        );
      });
      expect(await failed).toBe(true);
    });

    test("sends a menu command to the page", async () => {
      await app.evaluate(({ Menu }) =>
        Menu.getApplicationMenu()?.getMenuItemById("palette")?.click(),
      );
      await vi.waitFor(async () =>
        expect(await page.evaluate(() => Reflect.get(globalThis, "probe").events)).toContainEqual({
          type: "command",
          command: "palette",
        }),
      );
    });

    test("asks for folders with the system's dialog", async () => {
      await app.evaluate(({ dialog }) => {
        dialog.showOpenDialog = async () => ({ canceled: false, filePaths: ["/data/train"] });
      });
      expect((await call("host.chooseFolders")).value).toEqual(["/data/train"]);
    });
  },
);

/** A separate home folder, which keeps this machine's projects and window state out of the test. */
function homes(): Record<string, string> {
  const home = freshFolder();
  return {
    HOME: home,
    XDG_DATA_HOME: home,
    XDG_CONFIG_HOME: home,
    APPDATA: home,
    LOCALAPPDATA: home,
  };
}

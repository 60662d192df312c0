import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { BrowserContext, Page } from "playwright";
import { vi } from "vitest";
import { freshFolder } from "./fresh-folder.ts";

const PAGE_TIMEOUT_MS = 10_000;

type Double = typeof import("./electron-double.ts");

interface StartOptions {
  readonly context: BrowserContext;
  /** A folder with the built program. */
  readonly program: string;
  readonly words?: readonly string[];
  readonly userData?: string;
  /** The platform that the program thinks it runs on. */
  readonly platform?: NodeJS.Platform;
  /** Changes the double before the program starts. */
  readonly prepare?: (world: Double["world"]) => void;
}

/** The result of a call from the probe page. */
export interface Outcome {
  readonly value?: unknown;
  readonly error?: { readonly code: string; readonly message: string };
}

/** The built program, running with the double. */
export class RunningDesktop implements AsyncDisposable {
  readonly electron: Double;
  readonly #platform = process.platform;

  private constructor(electron: Double) {
    this.electron = electron;
  }

  static async start(options: StartOptions): Promise<RunningDesktop> {
    const { context, program, words = [], userData = freshFolder(), platform, prepare } = options;
    // Load main process and double again, as in a new process.
    vi.resetModules();
    const electron = await import("./electron-double.ts");
    const desktop = new RunningDesktop(electron);
    Object.assign(electron.world, {
      context,
      appPath: program,
      userData,
      preload: readFileSync(join(program, "out/preload/preload.cjs"), "utf8"),
    });
    prepare?.(electron.world);
    process.argv = [process.execPath, program, ...words];
    process.env.XDG_DATA_HOME = userData;
    process.env.HOME = userData;
    if (platform) setPlatform(platform);
    await import(/* @vite-ignore */ pathToFileURL(join(program, "out/main/main.js")).href);
    electron.becomeReady();
    const { windows, exited } = electron.world;
    const opened = vi.waitUntil(() => windows.length > 0, PAGE_TIMEOUT_MS);
    await Promise.race([opened, exited.promise]);
    opened.catch(() => {});
    return desktop;
  }

  get world(): Double["world"] {
    return this.electron.world;
  }

  get window(): InstanceType<Double["BrowserWindow"]> {
    const [window] = this.world.windows;
    if (!window) throw new Error("No window is open.");
    return window;
  }

  /** The window's page, once it exists. */
  async page(): Promise<Page> {
    return this.window.webContents.page;
  }

  /** The probe page, once it is connected. */
  async probe(): Promise<Page> {
    const page = await this.page();
    // Not `waitForFunction`, because the page's content security policy forbids evaluating text.
    await vi.waitFor(async () => {
      if (!(await page.evaluate(() => Reflect.has(globalThis, "probe"))))
        throw new Error("No probe");
    }, PAGE_TIMEOUT_MS);
    return page;
  }

  /** Calls a procedure from the probe page. */
  async call(path: string, input?: unknown): Promise<Outcome> {
    const page = await this.probe();
    return page.evaluate(CALL, ["call", path.split("."), input] as const);
  }

  /** All events that a procedure has returned so far. */
  async all(path: string, input?: unknown): Promise<Outcome> {
    const page = await this.probe();
    return page.evaluate(CALL, ["all", path.split("."), input] as const);
  }

  /** All host events that the probe page has received. */
  async events(): Promise<unknown[]> {
    return (await this.probe()).evaluate(() => Reflect.get(globalThis, "probe").events);
  }

  get menuItems(): readonly Item[] {
    return withAllBelow(this.world.menu?.items ?? []);
  }

  /** Presses a menu item by its id or label. */
  choose(name: string, { byKey = false } = {}): void {
    const item = this.menuItems.find(({ id, label }) => id === name || label === name);
    if (!item?.click) throw new Error(`The menu has no ${name} to choose.`);
    const { click } = item as { click(...words: unknown[]): void };
    click(item, this.window, { triggeredByAccelerator: byKey });
  }

  async quit(): Promise<void> {
    this.electron.app.quit();
    await this.world.exited.promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.quit();
    setPlatform(this.#platform);
  }
}

type Item = Electron.MenuItemConstructorOptions;

function withAllBelow(items: readonly Item[]): Item[] {
  return items.flatMap((item) => [
    item,
    ...(Array.isArray(item.submenu) ? withAllBelow(item.submenu) : []),
  ]);
}

function setPlatform(value: NodeJS.Platform): void {
  Object.defineProperty(process, "platform", { value, configurable: true });
}

/** Runs in the page, whose types are unknown here. */
const CALL = ([how, path, input]: readonly ["call" | "all", string[], unknown]): Promise<Outcome> =>
  Reflect.get(globalThis, "probe")[how](path, input);

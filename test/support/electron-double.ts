/**
 * Replaces the module `electron` in tests with the few APIs that the desktop program uses, checked against Electron's own types.
 * Tests run the built main process and preload script against it. The window is a page in a real Chromium. Its requests, frames,
 * navigations and messages are real, and reach the program the way Electron would pass them on.
 *
 * Limits: Chromium does not know the `app:` scheme, so the page is at PAGE_ORIGIN and its addresses are translated; the preload
 * script shares the page's world; processes are not sandboxed; menus, dialogs and the trash only record their calls.
 */
import { EventEmitter } from "node:events";
import { rm } from "node:fs/promises";
import type * as Electron from "electron";
import type { BrowserContext, Frame, Page, Route } from "playwright";
import { runningUtility } from "./utility-double.ts";

export const PAGE_ORIGIN = "https://twinlens.test";
const APP_ORIGIN = "app://twinlens";

/** What a test sets before the program starts and reads afterwards. */
export const world = {
  context: undefined as BrowserContext | undefined,
  appPath: "",
  userData: "",
  /** Text of the built preload script. */
  preload: "",
  displays: [{ x: 0, y: 0, width: 1920, height: 1080 }],
  /** Results of folder and file dialogs, in order. Without one, the dialog is cancelled. */
  chosen: [] as string[][],
  dialogOptions: [] as Electron.OpenDialogOptions[],
  messages: [] as Electron.MessageBoxOptions[],
  trashed: [] as string[],
  /** Files that the trash refuses, with the reason. */
  untrashable: new Map<string, string>(),
  shown: [] as string[],
  windows: [] as BrowserWindow[],
  /** Whether another instance holds the lock, and what this one passed to it. */
  isSecond: false,
  handed: undefined as unknown,
  sandboxed: false,
  schemes: [] as Electron.CustomScheme[],
  about: undefined as Electron.AboutPanelOptionsOptions | undefined,
  menu: undefined as Menu | undefined,
  /** Results of requests for permissions, devices and downloads. */
  permissions: {} as {
    request?: Electron.Session["setPermissionRequestHandler"] extends (h: infer H) => void
      ? H
      : never;
    check?: Electron.Session["setPermissionCheckHandler"] extends (h: infer H) => void ? H : never;
    device?: Electron.Session["setDevicePermissionHandler"] extends (h: infer H) => void
      ? H
      : never;
  },
  /** Requests that left the program's own schemes. */
  strayRequests: [] as string[],
  popups: [] as { url: string; action: string }[],
  exited: Promise.withResolvers<void>(),
};

const ready = Promise.withResolvers<void>();
let isReady = false;

function requireChromium(): BrowserContext {
  if (!world.context) throw new Error("The test has not given the double its Chromium.");
  return world.context;
}

/** Emits an event as Electron does, and returns whether a listener prevented its default. */
function emitPreventable(target: EventEmitter, name: string, details: object, ...more: unknown[]) {
  let prevented = false;
  target.emit(name, { ...details, preventDefault: () => (prevented = true) }, ...more);
  return prevented;
}

class AppDouble extends EventEmitter {
  readonly isPackaged = false;
  readonly #quitting = { now: false };

  enableSandbox(): void {
    if (isReady) throw new Error("enableSandbox must be called before the app is ready");
    world.sandboxed = true;
  }
  requestSingleInstanceLock(additionalData?: Record<PropertyKey, unknown>): boolean {
    world.handed = structuredClone(additionalData);
    return !world.isSecond;
  }
  async whenReady(): Promise<void> {
    await ready.promise;
  }
  getVersion(): string {
    return "0.1.0";
  }
  getAppPath(): string {
    return world.appPath;
  }
  getPath(name: Parameters<Electron.App["getPath"]>[0]): string {
    if (name !== "userData") throw new Error(`The double has no folder ${name}.`);
    return world.userData;
  }
  setAboutPanelOptions(options: Electron.AboutPanelOptionsOptions): void {
    world.about = options;
  }
  quit(): void {
    if (this.#quitting.now) return;
    this.#quitting.now = true;
    void (async () => {
      emitPreventable(this, "before-quit", {});
      for (const window of [...world.windows]) await window.close();
      this.#quitting.now = false;
      if (emitPreventable(this, "will-quit", {})) return;
      this.emit("quit", {}, 0);
      world.exited.resolve();
    })();
  }
}
export const app = new AppDouble();
app satisfies Pick<
  Electron.App,
  | "isPackaged"
  | "enableSandbox"
  | "requestSingleInstanceLock"
  | "whenReady"
  | "getVersion"
  | "getAppPath"
  | "getPath"
  | "setAboutPanelOptions"
  | "quit"
>;

/** Lets the program continue from `whenReady`. */
export function becomeReady(): void {
  isReady = true;
  ready.resolve();
}

const handlers = new Map<string, (request: Request) => Response | Promise<Response>>();

export const protocol = {
  registerSchemesAsPrivileged(schemes: Electron.CustomScheme[]): void {
    if (isReady || world.schemes.length > 0) {
      throw new Error("Schemes are registered once, before the app is ready.");
    }
    world.schemes = schemes;
  },
  handle(scheme: string, handler: (request: Request) => Response | Promise<Response>): void {
    if (handlers.has(scheme)) throw new Error(`There is a handler for ${scheme}: already.`);
    handlers.set(scheme, handler);
  },
};

/** Requests an address from the program, as Chromium would. */
export async function request(address: string, init?: RequestInit): Promise<Response> {
  const handler = handlers.get(new URL(address).protocol.slice(0, -1));
  if (!handler) throw new Error(`Nothing answers ${address}.`);
  return handler(new Request(address, init));
}
protocol satisfies Pick<Electron.Protocol, "registerSchemesAsPrivileged" | "handle">;

class MessagePortDouble extends EventEmitter {
  peer: MessagePortDouble | undefined;
  #waiting: unknown[] | null = [];
  #closed = false;

  postMessage(message: unknown): void {
    // Electron's ports carry cloneable values, and transfer only ports.
    this.peer?.receive(structuredClone(message));
  }
  receive(data: unknown): void {
    if (this.#closed) return;
    if (this.#waiting) this.#waiting.push(data);
    else this.emit("message", { data, ports: [] });
  }
  start(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = null;
    for (const data of waiting) this.emit("message", { data, ports: [] });
  }
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.emit("close");
    this.peer?.close();
  }
}

export class MessageChannelMain {
  readonly port1 = new MessagePortDouble();
  readonly port2 = new MessagePortDouble();
  constructor() {
    this.port1.peer = this.port2;
    this.port2.peer = this.port1;
  }
}
export type MessagePortMain = MessagePortDouble;

export const ipcMain = new EventEmitter();

/** A frame of the page, as the main process sees it. */
class WebFrameDouble {
  readonly #frame: Frame;
  readonly #contents: WebContents;
  constructor(frame: Frame, contents: WebContents) {
    this.#frame = frame;
    this.#contents = contents;
  }
  get url(): string {
    return asApp(this.#frame.url());
  }
  get origin(): string {
    const { origin } = new URL(this.#frame.url());
    return origin === PAGE_ORIGIN ? APP_ORIGIN : origin;
  }
  get parent(): WebFrameDouble | null {
    const parent = this.#frame.parentFrame();
    return parent && new WebFrameDouble(parent, this.#contents);
  }
  postMessage(channel: string, message: unknown, transfer: MessagePortDouble[] = []): void {
    this.#contents.handOver(this.#frame, channel, message, transfer);
  }
}

function asApp(url: string): string {
  return url.startsWith(`${PAGE_ORIGIN}/`) ? APP_ORIGIN + url.slice(PAGE_ORIGIN.length) : url;
}
function asServed(url: string): string {
  return url.startsWith(`${APP_ORIGIN}/`) ? PAGE_ORIGIN + url.slice(APP_ORIGIN.length) : url;
}

/** The part of the double inside the page: what a preload script can import from `electron`. */
const PAGE_SIDE = `
  const listeners = new Map();
  const ports = new Map();
  const handedOn = [];
  // A port becomes a different object when it arrives in the page.
  window.addEventListener("message", (event) => {
    for (const far of event.ports) ports.get(handedOn.shift()).far = far;
  });
  window.__twinlensDouble = {
    receive(channel, message, ids) {
      const given = ids.map((id) => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = ({ data }) => window.__twinlensToPort(id, data);
        ports.set(id, { near: port1 });
        handedOn.push(id);
        return port2;
      });
      for (const listener of listeners.get(channel) ?? []) listener({ ports: given }, message);
    },
    deliver(id, data) { ports.get(id)?.near.postMessage(data); },
    // Electron notifies a page when a port closes. Browsers do not.
    close(id) {
      ports.get(id)?.near.close();
      ports.get(id)?.far?.dispatchEvent(new Event("close"));
      ports.delete(id);
    },
  };
  const electron = {
    ipcRenderer: {
      send: (channel, ...words) => { void window.__twinlensSend(channel, words); },
      on(channel, listener) { listeners.set(channel, [...(listeners.get(channel) ?? []), listener]); },
    },
    contextBridge: {
      exposeInMainWorld(key, api) {
        Object.defineProperty(window, key, { value: Object.freeze(api), enumerable: true });
      },
    },
    webUtils: { getPathForFile: (file) => "/dropped/" + file.name },
  };
`;

/** Runs in the page, whose types are unknown here. */
const TELL = ([what, words]: readonly [string, readonly unknown[]]) =>
  Reflect.get(globalThis, "__twinlensDouble")?.[what](...words);

export class WebContents extends EventEmitter {
  readonly page: Promise<Page>;
  readonly edited: string[] = [];
  #openHandler: ((details: { url: string }) => { action: string }) | undefined;
  readonly #ports = new Map<number, MessagePortDouble>();
  #expected: string | undefined;
  #delivered: Promise<unknown> = Promise.resolve();

  constructor() {
    super();
    this.page = this.#open();
  }

  setWindowOpenHandler(
    handler: (details: Electron.HandlerDetails) => Electron.WindowOpenHandlerResponse,
  ): void {
    // The double's page knows only the address of a new window.
    this.#openHandler = handler as unknown as (details: { url: string }) => { action: string };
  }
  reload(): void {
    void this.page.then((page) => this.load(asApp(page.url()))).catch(() => {});
  }
  undo(): void {
    this.edited.push("undo");
  }
  redo(): void {
    this.edited.push("redo");
  }

  async load(url: string): Promise<void> {
    const page = await this.page;
    this.#expected = asServed(url);
    await page.goto(this.#expected);
  }

  async #open(): Promise<Page> {
    const page = await requireChromium().newPage();
    await page.exposeBinding("__twinlensSend", ({ frame }, channel: string, words: unknown[]) => {
      const senderFrame = new WebFrameDouble(frame, this);
      ipcMain.emit(channel, { sender: this, senderFrame }, ...words);
    });
    await page.exposeBinding("__twinlensToPort", (_source, id: number, data: unknown) => {
      this.#ports.get(id)?.postMessage(data);
    });
    // As in Electron, a preload script runs only in the main frame.
    await page.addInitScript({
      content: `if (window === window.top) { ${PAGE_SIDE}
        ((require, exports, module) => { ${world.preload}
        })((name) => { if (name === "electron") return electron; throw new Error("A sandboxed preload script can't load " + name); }, {}, {});
      }`,
    });
    await page.route("**/*", (route) => this.#answer(route, page));
    page.on("framenavigated", (frame) => {
      if (frame === page.mainFrame()) this.#closePorts();
    });
    page.on("crash", () =>
      this.emit("render-process-gone", {}, { reason: "crashed", exitCode: 1 }),
    );
    page.on("popup", (popup) => {
      const url = popup.url();
      const { action } = this.#openHandler?.({ url }) ?? { action: "allow" };
      world.popups.push({ url, action });
      if (action === "deny") void popup.close();
    });
    return page;
  }

  async #answer(route: Route, page: Page): Promise<void> {
    const request = route.request();
    const url = request.url();
    if (request.isNavigationRequest()) {
      const isMainFrame = request.frame() === page.mainFrame();
      const isExpected = isMainFrame && url === this.#expected;
      this.#expected = undefined;
      // Electron asks only about navigations that the page itself starts.
      const details = { url: asApp(url), isMainFrame, isSameDocument: false };
      if (!isExpected && emitPreventable(this, "will-frame-navigate", details)) {
        return route.abort("aborted");
      }
    }
    const address = asApp(url);
    const handler = handlers.get(new URL(address).protocol.slice(0, -1));
    if (!handler) {
      world.strayRequests.push(url);
      return route.fulfill({ contentType: "text/html", body: "<title>elsewhere</title>" });
    }
    const answer = await handler(
      new Request(address, { method: request.method(), headers: request.headers() }),
    );
    await route.fulfill({
      status: answer.status,
      headers: Object.fromEntries(answer.headers),
      body: Buffer.from(await answer.arrayBuffer()),
    });
  }

  /** Passes ports of this process to a page, as a message with ports does. */
  handOver(frame: Frame, channel: string, message: unknown, transfer: MessagePortDouble[]): void {
    const ids = transfer.map((port) => {
      const id = nextPort++;
      this.#ports.set(id, port);
      port.on("message", ({ data }) => this.#tell(frame, "deliver", [id, data]));
      port.on("close", () => this.#tell(frame, "close", [id]));
      return id;
    });
    this.#tell(frame, "receive", [channel, message, ids]);
    for (const port of transfer) port.start();
  }

  /** In order, and dropped once the frame is gone. */
  #tell(frame: Frame, what: "deliver" | "close" | "receive", words: unknown[]): void {
    this.#delivered = this.#delivered
      .then(() => frame.evaluate(TELL, [what, words] as const))
      // As in Electron, a page that is gone receives nothing.
      .catch(() => {});
  }

  #closePorts(): void {
    for (const port of this.#ports.values()) port.close();
    this.#ports.clear();
  }

  async destroy(): Promise<void> {
    this.#closePorts();
    await (await this.page).close();
  }
}
let nextPort = 1;

export class BrowserWindow extends EventEmitter {
  readonly webContents = new WebContents();
  readonly options: Electron.BrowserWindowConstructorOptions;
  bounds: Electron.Rectangle;
  maximized = false;
  minimized = false;
  visible = false;
  focused = 0;
  #destroyed = false;

  constructor(options: Electron.BrowserWindowConstructorOptions = {}) {
    super();
    this.options = options;
    const { x = 100, y = 100, width = 800, height = 600 } = options;
    this.bounds = { x, y, width, height };
    world.windows.push(this);
  }
  async loadURL(url: string): Promise<void> {
    await this.webContents.load(url);
    this.emit("ready-to-show");
  }
  getNormalBounds(): Electron.Rectangle {
    return this.bounds;
  }
  isMaximized(): boolean {
    return this.maximized;
  }
  maximize(): void {
    this.maximized = true;
  }
  isMinimized(): boolean {
    return this.minimized;
  }
  restore(): void {
    this.minimized = false;
  }
  show(): void {
    this.visible = true;
  }
  focus(): void {
    this.focused++;
  }
  isDestroyed(): boolean {
    return this.#destroyed;
  }
  async close(): Promise<void> {
    if (this.#destroyed || emitPreventable(this, "close", {})) return;
    this.#destroyed = true;
    world.windows.splice(world.windows.indexOf(this), 1);
    await this.webContents.destroy();
    this.emit("closed");
    if (world.windows.length === 0) app.emit("window-all-closed");
  }
}

export class Menu {
  readonly items: Electron.MenuItemConstructorOptions[];
  constructor(items: Electron.MenuItemConstructorOptions[]) {
    this.items = items;
  }
  static buildFromTemplate(template: Electron.MenuItemConstructorOptions[]): Menu {
    return new Menu(template);
  }
  static setApplicationMenu(menu: Menu | null): void {
    world.menu = menu ?? undefined;
  }
}

export const dialog = {
  async showOpenDialog(
    ...words: [BrowserWindow, Electron.OpenDialogOptions] | [Electron.OpenDialogOptions]
  ): Promise<Electron.OpenDialogReturnValue> {
    const options = words.length === 2 ? words[1] : words[0];
    world.dialogOptions.push(options);
    const filePaths = world.chosen.shift() ?? [];
    return { canceled: filePaths.length === 0, filePaths };
  },
  async showMessageBox(
    _window: BrowserWindow,
    options: Electron.MessageBoxOptions,
  ): Promise<Electron.MessageBoxReturnValue> {
    world.messages.push(options);
    return { response: 0, checkboxChecked: false };
  },
};

export const shell = {
  async trashItem(path: string): Promise<void> {
    const reason = world.untrashable.get(path);
    if (reason !== undefined) throw new Error(reason);
    // Deletes the file. Where a trash would put it does not matter here.
    await rm(path, { force: true });
    world.trashed.push(path);
  },
  showItemInFolder(path: string): void {
    world.shown.push(path);
  },
};
shell satisfies Pick<Electron.Shell, "trashItem" | "showItemInFolder">;

export const nativeTheme = { shouldUseDarkColors: false };
nativeTheme satisfies Pick<Electron.NativeTheme, "shouldUseDarkColors">;

export const screen = {
  getAllDisplays: () => world.displays.map((workArea) => ({ workArea })),
};

class SessionDouble extends EventEmitter {
  setPermissionRequestHandler(handler: typeof world.permissions.request): void {
    if (handler) world.permissions.request = handler;
  }
  setPermissionCheckHandler(handler: typeof world.permissions.check): void {
    if (handler) world.permissions.check = handler;
  }
  setDevicePermissionHandler(handler: typeof world.permissions.device): void {
    if (handler) world.permissions.device = handler;
  }
}
export const session = { defaultSession: new SessionDouble() };

export const utilityProcess = { fork: runningUtility };

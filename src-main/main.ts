import { join } from "node:path";
import { RPCHandler } from "@orpc/server/message-port";
import { app, type BrowserWindow, session } from "electron";
import envPaths from "env-paths";
import { createAppRouter, HostEvents } from "./app/app-router.ts";
import { answerPicture } from "./app/picture-requests.ts";
import type { PageProcedure } from "./app/procedures.ts";
import { ProjectKeys } from "./app/project-keys.ts";
import { SupervisedEngine } from "./app/supervised-engine.ts";
import type { RecentProject } from "./contract/project.ts";
import { desktopServices } from "./desktop/desktop-services.ts";
import { startDesktopEngine } from "./desktop/engine.ts";
import { openMainWindow, showWindow } from "./desktop/main-window.ts";
import { setAboutPanel, setMenu } from "./desktop/menu.ts";
import { claimSingleInstance, openedPaths } from "./desktop/opened-paths.ts";
import { servePorts } from "./desktop/page-ports.ts";
import { registerSchemes, servePage, servePictures } from "./desktop/protocols.ts";
import { StateFile } from "./desktop/state-file.ts";
import { denyPermissions } from "./desktop/window-security.ts";

/** The desktop program. Electron requires these two calls before `whenReady`; everything else waits for it. */
registerSchemes();
app.enableSandbox();

/** Shared with the command line, so that both list the same projects. */
const dataFolder = envPaths("twinlens", { suffix: "" }).data;
const words = process.argv.slice(app.isPackaged ? 1 : 2);
const opened = openedPaths(words, process.cwd());
const events = new HostEvents();
let window: BrowserWindow | null = null;

const isFirst = claimSingleInstance(opened, open);
// macOS reports double-clicked files this way, sometimes before the program is ready.
app.on("open-file", (event, path) => {
  event.preventDefault();
  open([path]);
});
if (isFirst) void app.whenReady().then(start);
else app.quit();

/** Opens paths in the window, or in the first one if none is open yet. */
function open(paths: string[]): void {
  if (window) {
    showWindow(window);
    if (paths.length > 0) events.emit({ type: "open", paths });
  } else {
    opened.push(...paths);
  }
}

function start(): void {
  const version = app.getVersion();
  const out = join(app.getAppPath(), "out");
  const stateFile = new StateFile(join(app.getPath("userData"), "window.json"));
  const devTools = !app.isPackaged;
  const engine = new SupervisedEngine({
    startEngine: () => startDesktopEngine(dataFolder),
    onRestarted: (reason) => {
      console.warn(`The engine crashed (${reason}) and was restarted.`);
      events.emit({ type: "engine-restarted", reason });
    },
  });
  endBeforeQuitting(engine);
  app.on("window-all-closed", () => app.quit());

  const { client } = engine;
  const keys = new ProjectKeys(client);
  const services = desktopServices({ opened, stateFile, window: () => window });
  denyPermissions(session.defaultSession);
  servePage(join(out, "renderer"));
  servePictures((request) => answerPicture({ client, keys }, request));
  const handler = new RPCHandler(
    createAppRouter({ client, keys, services, events, version, onAnswer }),
  );
  servePorts((port) => handler.upgrade(port));

  setAboutPanel(version);
  showMenu([]);
  void refreshMenu();
  window = openMainWindow({ preload: join(out, "preload", "preload.cjs"), stateFile, devTools });
  window.on("closed", () => {
    window = null;
  });

  function showMenu(recent: readonly RecentProject[]): void {
    setMenu({
      recent,
      devTools,
      page: () => window?.webContents ?? null,
      onCommand: (command) => events.emit({ type: "command", command }),
      onOpen: (project) => open([project]),
    });
  }

  async function refreshMenu(): Promise<void> {
    // If the engine fails, the current menu stays.
    await client.project.recent().then(showMenu, () => {});
  }

  /** Opening or forgetting a project changes the list of recent ones. */
  function onAnswer(name: PageProcedure): void {
    if (name === "project.open" || name === "project.forget") void refreshMenu();
  }
}

/** Delays quitting until the engine has stopped in order. */
function endBeforeQuitting(engine: AsyncDisposable): void {
  let ended = false;
  app.on("will-quit", (event) => {
    if (ended) return;
    event.preventDefault();
    void Promise.resolve(engine[Symbol.asyncDispose]())
      .catch((cause: unknown) => console.error(cause))
      .finally(() => {
        ended = true;
        app.quit();
      });
  });
}

import { join } from "node:path";
import { RPCHandler } from "@orpc/server/message-port";
import { app, type BrowserWindow, session } from "electron";
import envPaths from "env-paths";
import { createAppRouter, HostEvents } from "./app/app-router.ts";
import { answerPicture } from "./app/picture-requests.ts";
import { ProjectKeys } from "./app/project-keys.ts";
import { SupervisedEngine } from "./app/supervised-engine.ts";
import type { RecentProject } from "./contract/project.ts";
import { desktopServices } from "./desktop/desktop-services.ts";
import { startDesktopEngine } from "./desktop/engine.ts";
import { openMainWindow, showWindow } from "./desktop/main-window.ts";
import { setAboutPanel, setMenu } from "./desktop/menu.ts";
import { openedPaths } from "./desktop/opened-paths.ts";
import { servePorts } from "./desktop/page-ports.ts";
import { denyPermissions } from "./desktop/permissions.ts";
import { registerSchemes, servePage, servePictures } from "./desktop/protocols.ts";
import { endBeforeQuitting } from "./desktop/quitting.ts";
import { claimSingleInstance } from "./desktop/single-instance.ts";
import { StateFile } from "./desktop/state-file.ts";

/** The desktop program. What comes before `whenReady` Electron wants early; all else waits. */
registerSchemes();
app.enableSandbox();

/** Shared with the command line, so that both know the same projects. */
const dataFolder = envPaths("twinlens", { suffix: "" }).data;
const words = process.argv.slice(app.isPackaged ? 1 : 2);
const opened = openedPaths(words, process.cwd());
const events = new HostEvents();
let window: BrowserWindow | null = null;

const isFirst = claimSingleInstance(opened, open);
// macOS tells so of files that were double-clicked, also before the program is ready.
app.on("open-file", (event, path) => {
  event.preventDefault();
  open([path]);
});
if (isFirst) void app.whenReady().then(start);
else app.quit();

/** Opens paths in the page that is there, or in the one that comes. */
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
      console.warn(`The engine ended unexpectedly (${reason}) and was started again.`);
      events.emit({ type: "engine-restarted", reason });
    },
  });
  endBeforeQuitting(() => engine[Symbol.asyncDispose]());
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
    // The menu that is there stays if the engine can't tell.
    await client.project.recent().then(showMenu, () => {});
  }

  /** The list of recent projects changes when one is opened or forgotten. */
  function onAnswer(path: readonly string[]): void {
    if (["project.open", "project.forget"].includes(path.join("."))) void refreshMenu();
  }
}

import { app, BrowserWindow, dialog, nativeTheme, screen } from "electron";
import { PAGE_ADDRESS } from "./addresses.ts";
import type { StateFile } from "./state-file.ts";
import { fittingBounds, MIN_SIZE } from "./window-bounds.ts";
import { denyNavigation } from "./window-security.ts";

/** The page's background in both themes, to avoid a flash when the window opens. */
const BACKGROUND = { light: "#fafafa", dark: "#171717" };

/** A page that crashes twice within this time would keep crashing if reloaded. */
const CRASH_LOOP_MS = 10_000;

interface WindowOptions {
  /** Absolute path of the preload script. */
  readonly preload: string;
  readonly stateFile: StateFile;
  readonly devTools: boolean;
}

/** Opens the program's only window where it was last. */
export function openMainWindow({ preload, stateFile, devTools }: WindowOptions): BrowserWindow {
  const { bounds, maximized } = stateFile.state;
  const areas = screen.getAllDisplays().map(({ workArea }) => workArea);
  const window = new BrowserWindow({
    ...fittingBounds(bounds, areas),
    minWidth: MIN_SIZE.width,
    minHeight: MIN_SIZE.height,
    title: "Twinlens",
    show: false,
    backgroundColor: nativeTheme.shouldUseDarkColors ? BACKGROUND.dark : BACKGROUND.light,
    webPreferences: {
      preload,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webviewTag: false,
      // The spell checker downloads dictionaries.
      spellcheck: false,
      devTools,
    },
  });
  denyNavigation(window.webContents);
  reloadAfterCrash(window);
  window.once("ready-to-show", () => {
    if (maximized) window.maximize();
    window.show();
  });
  window.on("close", () => {
    stateFile.remember({ bounds: window.getNormalBounds(), maximized: window.isMaximized() });
  });
  // Closing the window while it loads rejects too. Real failures are visible in the window.
  window.loadURL(PAGE_ADDRESS).catch((cause: unknown) => console.warn(String(cause)));
  return window;
}

/** Brings a window to the front, restoring it if minimized. */
export function showWindow(window: BrowserWindow): void {
  if (window.isMinimized()) window.restore();
  window.show();
  window.focus();
}

/** Reloads the page when its process is gone. The engine and its scans keep running. */
function reloadAfterCrash(window: BrowserWindow): void {
  let last = Number.NEGATIVE_INFINITY;
  window.webContents.on("render-process-gone", async (_event, { reason }) => {
    if (reason === "clean-exit") return;
    console.warn(`The page's process ended: ${reason}.`);
    const looping = Date.now() - last < CRASH_LOOP_MS;
    last = Date.now();
    if (looping) {
      const { response } = await dialog.showMessageBox(window, {
        type: "error",
        message: "The window keeps crashing.",
        detail: `Reason: ${reason}. Your decisions and scans are saved.`,
        buttons: ["Try Again", "Quit"],
        cancelId: 1,
      });
      if (response === 1) return app.quit();
    }
    if (!window.isDestroyed()) window.webContents.reload();
  });
}

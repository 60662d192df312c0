import { BrowserWindow, nativeTheme, screen } from "electron";
import { PAGE_ADDRESS } from "./addresses.ts";
import { denyNavigation } from "./navigation.ts";
import { reloadAfterCrash } from "./page-crash.ts";
import type { StateFile } from "./state-file.ts";
import { fittingBounds, LEAST_SIZE } from "./window-bounds.ts";

/** The page's own background in both themes, so that opening the window doesn't flash. */
const BACKGROUND = { light: "#fafafa", dark: "#171717" };

interface WindowOptions {
  /** Absolute path of the preload script. */
  readonly preload: string;
  readonly stateFile: StateFile;
  readonly devTools: boolean;
}

/** Opens the program's one window where it was last. */
export function openMainWindow({ preload, stateFile, devTools }: WindowOptions): BrowserWindow {
  const { bounds, maximized } = stateFile.state;
  const areas = screen.getAllDisplays().map(({ workArea }) => workArea);
  const window = new BrowserWindow({
    ...fittingBounds(bounds, areas),
    minWidth: LEAST_SIZE.width,
    minHeight: LEAST_SIZE.height,
    title: "Twinlens",
    show: false,
    backgroundColor: nativeTheme.shouldUseDarkColors ? BACKGROUND.dark : BACKGROUND.light,
    webPreferences: {
      preload,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webviewTag: false,
      // It would download dictionaries.
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
  // A window that is closed while it loads is no failure; any other is seen in the window itself.
  window.loadURL(PAGE_ADDRESS).catch((cause: unknown) => console.warn(String(cause)));
  return window;
}

/** Brings a window to the person, wherever it is. */
export function showWindow(window: BrowserWindow): void {
  if (window.isMinimized()) window.restore();
  window.show();
  window.focus();
}

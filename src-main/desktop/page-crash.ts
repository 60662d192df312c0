import { app, type BrowserWindow, dialog } from "electron";

/** A page that fails again so soon would fail forever. */
const SOON_MS = 10_000;

/** Loads the page again when its process is gone; the engine and what it does live on meanwhile. */
export function reloadAfterCrash(window: BrowserWindow): void {
  let last = Number.NEGATIVE_INFINITY;
  window.webContents.on("render-process-gone", async (_event, { reason }) => {
    if (reason === "clean-exit") return;
    console.warn(`The page's process ended: ${reason}.`);
    const again = Date.now() - last < SOON_MS;
    last = Date.now();
    if (again) {
      const { response } = await dialog.showMessageBox(window, {
        type: "error",
        message: "The window keeps failing.",
        detail: `Reason: ${reason}. Nothing that was decided or scanned is lost.`,
        buttons: ["Try again", "Quit"],
        cancelId: 1,
      });
      if (response === 1) return app.quit();
    }
    if (!window.isDestroyed()) window.webContents.reload();
  });
}

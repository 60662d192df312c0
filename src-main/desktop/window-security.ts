import type { Session, WebContents } from "electron";
import { APP_ORIGIN, PAGE_ADDRESS } from "./addresses.ts";

/** Keeps a page where it is: no other address, no foreign frames, no second window, no embedded page. */
export function denyNavigation(page: WebContents): void {
  page.on("will-frame-navigate", (event) => {
    // A reload navigates to the page's own address.
    if (!event.isMainFrame || withoutHash(event.url) !== PAGE_ADDRESS) event.preventDefault();
  });
  page.on("will-redirect", (event) => event.preventDefault());
  page.on("will-attach-webview", (event) => event.preventDefault());
  page.setWindowOpenHandler(() => ({ action: "deny" }));
}

/** Denies every browser permission. The page may only save files that it made itself, through the system's dialog. */
export function denyPermissions(session: Session): void {
  session.setPermissionRequestHandler((_page, _permission, answer) => answer(false));
  session.setPermissionCheckHandler(() => false);
  session.setDevicePermissionHandler(() => false);
  session.on("will-download", (event, item) => {
    if (!item.getURL().startsWith(`blob:${APP_ORIGIN}/`)) event.preventDefault();
  });
}

function withoutHash(address: string): string {
  return address.split("#", 1)[0] ?? "";
}

import type { WebContents } from "electron";
import { PAGE_ADDRESS } from "./addresses.ts";

/** Keeps a page where it is: no other address, no frame of another one, no second window, no embedded page. */
export function denyNavigation(page: WebContents): void {
  page.on("will-frame-navigate", (event) => {
    // A reload is a navigation to where the page already is.
    if (!event.isMainFrame || withoutHash(event.url) !== PAGE_ADDRESS) event.preventDefault();
  });
  page.on("will-redirect", (event) => event.preventDefault());
  page.on("will-attach-webview", (event) => event.preventDefault());
  page.setWindowOpenHandler(() => ({ action: "deny" }));
}

function withoutHash(address: string): string {
  return address.split("#", 1)[0] ?? "";
}

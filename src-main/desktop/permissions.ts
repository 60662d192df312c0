import type { Session } from "electron";
import { APP_ORIGIN } from "./addresses.ts";

/**
 * The page needs no permission of a browser. All that it may save is what it has made itself of answers, where the system's dialog
 * says; nothing from an address.
 */
export function denyPermissions(session: Session): void {
  session.setPermissionRequestHandler((_page, _permission, answer) => answer(false));
  session.setPermissionCheckHandler(() => false);
  session.setDevicePermissionHandler(() => false);
  session.on("will-download", (event, item) => {
    if (!item.getURL().startsWith(`blob:${APP_ORIGIN}/`)) event.preventDefault();
  });
}

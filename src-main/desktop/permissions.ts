import type { Session } from "electron";

/** The page needs no permission of a browser and saves nothing by itself: what the contract doesn't offer it can't have. */
export function denyPermissions(session: Session): void {
  session.setPermissionRequestHandler((_page, _permission, answer) => answer(false));
  session.setPermissionCheckHandler(() => false);
  session.setDevicePermissionHandler(() => false);
  session.on("will-download", (event) => event.preventDefault());
}

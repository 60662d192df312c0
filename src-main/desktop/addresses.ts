/** The page's scheme and its only host. */
export const APP_SCHEME = "app";
export const APP_HOST = "twinlens";
export const APP_ORIGIN = `${APP_SCHEME}://${APP_HOST}`;
export const PAGE_ADDRESS = `${APP_ORIGIN}/`;

/** Thumbnails and full images of a project; src-renderer/state/picture-address.ts builds their addresses. */
export const PICTURE_SCHEME = "thumb";
export const PICTURE_HOST = "pictures";

/** IPC channel on which the preload script requests a message port and receives it. */
export const PORT_CHANNEL = "twinlens-port";

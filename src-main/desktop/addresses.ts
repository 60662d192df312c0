/** The page's own scheme and its only host. */
export const APP_SCHEME = "app";
export const APP_HOST = "twinlens";
export const APP_ORIGIN = `${APP_SCHEME}://${APP_HOST}`;
export const PAGE_ADDRESS = `${APP_ORIGIN}/`;

/** Pictures of a project, by numbers only; src-renderer/state/picture-address.ts writes their addresses. */
export const PICTURE_SCHEME = "thumb";
export const PICTURE_HOST = "pictures";

import { protocol } from "electron";
import { contentPolicy } from "../app/content-policy.ts";
import type { PictureAnswer, PictureRequest } from "../app/picture-requests.ts";
import { staticFile } from "../app/static-files.ts";
import { APP_HOST, APP_SCHEME, PICTURE_HOST, PICTURE_SCHEME } from "./addresses.ts";

const NOT_MODIFIED = 304;
const NOT_FOUND = 404;
const NOT_ALLOWED = 405;

const PAGE_HEADERS = {
  // The page talks through its port; it has nothing to connect to.
  "content-security-policy": contentPolicy({
    pictures: `${PICTURE_SCHEME}:`,
    connections: "'none'",
  }),
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
};

/**
 * Makes the page and its pictures known to Chromium. Electron takes one call, before it is ready. Pictures are shown, never read:
 * they need neither `fetch` nor CORS, and a page that draws them on a canvas can't read it back.
 */
export function registerSchemes(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: APP_SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true } },
    { scheme: PICTURE_SCHEME, privileges: { standard: true, secure: true } },
  ]);
}

/** Answers `app:` with the built page. @param folder nothing outside it is ever served */
export function servePage(folder: string): void {
  protocol.handle(APP_SCHEME, async ({ method, url }) => {
    const { hostname, pathname } = new URL(url);
    if (method !== "GET") return refusal(NOT_ALLOWED);
    const file = hostname === APP_HOST ? await staticFile(folder, pathname) : undefined;
    if (!file) return refusal(NOT_FOUND);
    return new Response(new Uint8Array(file.body), {
      headers: { ...PAGE_HEADERS, ...file.headers },
    });
  });
}

/** Answers `thumb:` with pictures. */
export function servePictures(answer: (request: PictureRequest) => Promise<PictureAnswer>): void {
  protocol.handle(PICTURE_SCHEME, async ({ method, url, headers, signal }) => {
    const { hostname, pathname, search } = new URL(url);
    if (method !== "GET") return refusal(NOT_ALLOWED);
    if (hostname !== PICTURE_HOST) return refusal(NOT_FOUND);
    const picture = await answer({
      address: `${pathname.slice(1)}${search}`,
      knownTag: headers.get("if-none-match") ?? undefined,
      signal,
    });
    return new Response(picture.status === NOT_MODIFIED ? null : picture.body, {
      status: picture.status,
      headers: { ...picture.headers, "x-content-type-options": "nosniff" },
    });
  });
}

function refusal(status: number): Response {
  return new Response(null, { status });
}

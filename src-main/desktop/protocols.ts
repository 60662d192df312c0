import { protocol } from "electron";
import { pageHeaders } from "../app/page-headers.ts";
import type { PictureAnswer, PictureRequest } from "../app/picture-requests.ts";
import { staticFile } from "../app/static-files.ts";
import { APP_HOST, APP_SCHEME, PICTURE_HOST, PICTURE_SCHEME } from "./addresses.ts";

const NOT_MODIFIED = 304;
const NOT_FOUND = 404;
const NOT_ALLOWED = 405;

/** The page talks through its message port, so it needs no connections. */
const PAGE_HEADERS = pageHeaders({ pictures: `${PICTURE_SCHEME}:`, connections: "'none'" });

/**
 * Registers the schemes of the page and its images; Electron allows one call, before it is ready. Images need neither `fetch`
 * nor CORS, because the page only displays them.
 */
export function registerSchemes(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: APP_SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true } },
    { scheme: PICTURE_SCHEME, privileges: { standard: true, secure: true } },
  ]);
}

/** Serves the built page on `app:`. @param folder nothing outside it is served. */
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

/** Serves thumbnails and full images on `thumb:`. */
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

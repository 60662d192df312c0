import type { IncomingMessage } from "node:http";

/** Why a request is refused: an HTTP status and one line of text. */
export interface Refusal {
  readonly status: number;
  readonly message: string;
}

/**
 * Refuses requests that the server's own page never sends: under another host name (DNS rebinding), or from another page.
 * @param port the server's port.
 */
export function refuseForeign({ headers }: IncomingMessage, port: number): Refusal | undefined {
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
  if (headers.host === undefined || !hosts.includes(headers.host))
    return { status: 421, message: "This is not the address of Twinlens." };
  if (headers.origin !== undefined && headers.origin !== `http://${headers.host}`)
    return { status: 403, message: "The request came from another page." };
  // SameSite cookies are also sent by pages of other servers on this machine. Only this header tells them apart.
  const site = headers["sec-fetch-site"];
  const isNavigation = headers["sec-fetch-mode"] === "navigate";
  if (!isNavigation && site !== undefined && site !== "same-origin" && site !== "none")
    return { status: 403, message: "The request came from another page." };
  return undefined;
}

/** The same-origin policy does not cover WebSockets, so the request must name its page, and it must be Twinlens's. */
export function refuseForeignSocket(request: IncomingMessage, port: number): Refusal | undefined {
  if (request.headers.origin === undefined)
    return { status: 403, message: "Only the page of Twinlens may connect." };
  return refuseForeign(request, port);
}

/** @returns the cookie's value; `undefined` if it was not sent. */
export function cookie({ headers }: IncomingMessage, name: string): string | undefined {
  for (const part of headers.cookie?.split(";") ?? []) {
    const at = part.indexOf("=");
    if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim();
  }
  return undefined;
}

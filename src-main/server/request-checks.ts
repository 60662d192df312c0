import type { IncomingMessage } from "node:http";

/** Why a request is refused, as a status and a line. */
export interface Refusal {
  readonly status: number;
  readonly message: string;
}

/**
 * Refuses what no page of this server sends: another name for this machine (DNS rebinding), another page's request.
 * @param port that this server listens on.
 */
export function refuseForeign({ headers }: IncomingMessage, port: number): Refusal | undefined {
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
  if (headers.host === undefined || !hosts.includes(headers.host))
    return { status: 421, message: "This address is not Twinlens's." };
  if (headers.origin !== undefined && headers.origin !== `http://${headers.host}`)
    return { status: 403, message: "Another page asked for this." };
  // A page of another server on this machine is of the same site, so that SameSite cookies come along; the browser tells it apart.
  const site = headers["sec-fetch-site"];
  const isNavigation = headers["sec-fetch-mode"] === "navigate";
  if (!isNavigation && site !== undefined && site !== "same-origin" && site !== "none")
    return { status: 403, message: "Another page asked for this." };
  return undefined;
}

/** A WebSocket is not bound by the same-origin policy: its page must be named, and be ours. */
export function refuseForeignSocket(request: IncomingMessage, port: number): Refusal | undefined {
  if (request.headers.origin === undefined)
    return { status: 403, message: "Only Twinlens's own page may connect." };
  return refuseForeign(request, port);
}

/** @returns the value of a cookie; `undefined` when it was not sent. */
export function cookie({ headers }: IncomingMessage, name: string): string | undefined {
  for (const part of headers.cookie?.split(";") ?? []) {
    const at = part.indexOf("=");
    if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim();
  }
  return undefined;
}

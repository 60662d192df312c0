import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { pageHeaders } from "../app/page-headers.ts";
import type { Refusal } from "./request-checks.ts";

/** A response without the headers that every response has. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** A response of plain text. */
export function plain({ status, message }: Refusal): Answer {
  const headers = { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" };
  return { status, headers, body: message };
}

/** Leads the browser to the page from an address of the server itself. */
export function refreshPage(headers: Answer["headers"]): Answer {
  return {
    status: 200,
    headers: { ...headers, "content-type": "text/html; charset=utf-8" },
    body: `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta http-equiv="refresh" content="0; url=/"><title>Twinlens</title></head>
<body><a href="/">Open Twinlens</a></body>
</html>
`,
  };
}

/** Shown instead of the page to a browser without a session. */
export function expiredAddressPage(): Answer {
  return {
    status: 403,
    headers: { "content-type": "text/html; charset=utf-8", "cache-control": "no-store" },
    body: `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Twinlens</title></head>
<body style="font: 1rem/1.5 system-ui, sans-serif; max-width: 34rem; margin: 4rem auto; padding: 0 1rem">
<h1 style="font-size: 1.25rem">This address no longer works</h1>
<p>Each address that <code>twinlens serve</code> prints works once. It has just printed a new one in its terminal: open that.</p>
</body>
</html>
`,
  };
}

/** @param host the server's own address, which the page may connect to. */
export function send(
  { method }: IncomingMessage,
  response: ServerResponse,
  { status, headers, body }: Answer,
  host: string,
): void {
  response.writeHead(status, {
    // Not every browser includes the same server's WebSocket in 'self'.
    ...pageHeaders({ connections: `'self' ws://${host}` }),
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    ...headers,
    ...(status !== 304 && { "content-length": Buffer.byteLength(body) }),
  });
  response.end(method === "HEAD" ? undefined : body);
}

/** Refuses a WebSocket before its handshake. */
export function refuseSocket(socket: Duplex, { status, message }: Refusal): void {
  socket.end(
    [
      `HTTP/1.1 ${status} Refused`,
      "content-type: text/plain; charset=utf-8",
      `content-length: ${Buffer.byteLength(message)}`,
      "connection: close",
      "",
      message,
    ].join("\r\n"),
  );
}

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import type { AnyRouter } from "@orpc/server";
import { RPCHandler } from "@orpc/server/ws";
import { WebSocketServer } from "ws";
import type { PictureAnswer, PictureRequest } from "../app/picture-requests.ts";
import { staticFile } from "../app/static-files.ts";
import { ASK_FOR_ADDRESS, noticePage } from "./notice-page.ts";
import { pageHeaders } from "./page-headers.ts";
import { cookie, type Refusal, refuseForeign, refuseForeignSocket } from "./request-checks.ts";
import { Sessions } from "./sessions.ts";

const LOOPBACK = "127.0.0.1";

/** A picture to compare with comes in one message. */
const LARGEST_MESSAGE_BYTES = 64 * 1024 * 1024;

const PICTURES = "/pictures/";
const CALLS = "/rpc";

export interface PageServerOptions {
  /** The built page. */
  readonly pageFolder: string;
  readonly router: AnyRouter;
  readonly picture: (request: PictureRequest) => Promise<PictureAnswer>;
  /** 0 for any that is free. */
  readonly port: number;
  /** Tells the person an address that opens the page, once. */
  readonly tellAddress: (address: string) => void;
}

/** Serves the page to browsers on this machine that come with a token, and answers its calls. */
export class PageServer implements AsyncDisposable {
  readonly #options: PageServerOptions;
  readonly #sessions = new Sessions();
  readonly #calls: RPCHandler<Record<never, never>>;
  readonly #sockets = new WebSocketServer({
    noServer: true,
    maxPayload: LARGEST_MESSAGE_BYTES,
    perMessageDeflate: false,
  });
  readonly #server = createServer((request, response) => void this.#respond(request, response));

  private constructor(options: PageServerOptions) {
    this.#options = options;
    this.#calls = new RPCHandler(options.router);
    this.#server.on("upgrade", (request, socket, head) => this.#connect(request, socket, head));
  }

  /** @throws when the port is taken. */
  static async listening(options: PageServerOptions): Promise<PageServer> {
    const self = new PageServer(options);
    await new Promise<void>((resolve, reject) => {
      self.#server.once("error", (cause: NodeJS.ErrnoException) =>
        reject(cause.code === "EADDRINUSE" ? portInUse(options.port, cause) : cause),
      );
      self.#server.listen({ host: LOOPBACK, port: options.port, exclusive: true }, resolve);
    });
    self.#tellFreshAddress();
    return self;
  }

  get address(): AddressInfo {
    return this.#server.address() as AddressInfo; // of a server that listens on a port
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets.clients) socket.terminate();
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  async #respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const gone = new AbortController();
    response.once("close", () => gone.abort());
    try {
      send(request, response, await this.#answer(request, gone.signal));
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause);
      send(request, response, plain({ status: 500, message }));
    }
  }

  async #answer(request: IncomingMessage, signal: AbortSignal): Promise<Answer> {
    const refusal = refuseForeign(request, this.address.port);
    if (refusal) return plain(refusal);
    if (request.method !== "GET" && request.method !== "HEAD")
      return plain({ status: 405, message: "Only GET is answered." });
    const [pathname = "", query = ""] = (request.url ?? "").split("?", 2);
    const token = pathname === "/" ? new URLSearchParams(query).get("token") : null;
    if (token !== null) return this.#admit(request, token);
    if (!this.#hasSession(request)) return this.#turnAway(pathname);
    if (pathname.startsWith(PICTURES))
      return this.#options.picture({
        address: (request.url ?? "").slice(PICTURES.length),
        knownTag: request.headers["if-none-match"],
        signal,
      });
    const file = await staticFile(this.#options.pageFolder, pathname);
    return file ? { status: 200, ...file } : plain(NOT_FOUND);
  }

  /** Exchanges the token for a session and takes it out of the address. */
  #admit(request: IncomingMessage, token: string): Answer {
    // Who only looks whether the address is there must not use it up.
    const session = request.method === "GET" ? this.#sessions.exchange(token) : undefined;
    if (session === undefined) return this.#turnAway("/");
    return {
      status: 303,
      headers: {
        location: "/",
        "cache-control": "no-store",
        "set-cookie": `${this.#cookieName}=${session}; Path=/; HttpOnly; SameSite=Strict`,
      },
      body: "",
    };
  }

  #turnAway(pathname: string): Answer {
    if (pathname !== "/") return plain(NO_SESSION);
    this.#tellFreshAddress();
    return {
      status: 403,
      headers: { "content-type": "text/html; charset=utf-8", "cache-control": "no-store" },
      body: noticePage(ASK_FOR_ADDRESS),
    };
  }

  #connect(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // A browser that goes away in the middle is nothing to tell.
    socket.on("error", () => {});
    const refusal = this.#refuseSocket(request);
    if (refusal) {
      endSocket(socket, refusal);
      return;
    }
    this.#sockets.handleUpgrade(request, socket, head, (connection) => {
      connection.on("error", () => {});
      void this.#calls.upgrade(connection);
    });
  }

  #refuseSocket(request: IncomingMessage): Refusal | undefined {
    const refusal = refuseForeignSocket(request, this.address.port);
    if (refusal) return refusal;
    if (!this.#hasSession(request)) return NO_SESSION;
    return request.url === CALLS ? undefined : NOT_FOUND;
  }

  #hasSession(request: IncomingMessage): boolean {
    const session = cookie(request, this.#cookieName);
    return session !== undefined && this.#sessions.isSession(session);
  }

  /** Cookies don't know ports: two servers on one machine need two names. */
  get #cookieName(): string {
    return `twinlens-${this.address.port}`;
  }

  #tellFreshAddress(): void {
    const token = this.#sessions.freshToken();
    if (token !== undefined)
      this.#options.tellAddress(`http://${LOOPBACK}:${this.address.port}/?token=${token}`);
  }
}

/** What is answered to a request, but for the headers that every answer has. */
interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

const NO_SESSION = { status: 403, message: "Open Twinlens again first." };
const NOT_FOUND = { status: 404, message: "There is no such page." };

function plain({ status, message }: Refusal): Answer {
  const headers = { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" };
  return { status, headers, body: message };
}

function send(
  { method, headers: { host = "" } }: IncomingMessage,
  response: ServerResponse,
  { status, headers, body }: Answer,
): void {
  response.writeHead(status, {
    // A foreign name is not repeated.
    ...pageHeaders(status === 421 ? LOOPBACK : host),
    ...headers,
    ...(status !== 304 && { "content-length": Buffer.byteLength(body) }),
  });
  response.end(method === "HEAD" ? undefined : body);
}

function portInUse(port: number, cause: Error): Error {
  const message = `Port ${port} is in use; give another one with --port, or none for any that is free.`;
  return new Error(message, { cause });
}

function endSocket(socket: Duplex, { status, message }: Refusal): void {
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

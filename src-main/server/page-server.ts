import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import type { AnyRouter } from "@orpc/server";
import { RPCHandler } from "@orpc/server/ws";
import { WebSocketServer } from "ws";
import type { PictureAnswer, PictureRequest } from "../app/picture-requests.ts";
import { staticFile } from "../app/static-files.ts";
import { cookie, type Refusal, refuseForeign, refuseForeignSocket } from "./request-checks.ts";
import {
  type Answer,
  expiredAddressPage,
  plain,
  refreshPage,
  refuseSocket,
  send,
} from "./responses.ts";
import { Sessions } from "./sessions.ts";

const LOOPBACK = "127.0.0.1";

/** An image to search for is sent in one message. */
const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;

const PICTURES = "/pictures/";
const CALLS = "/rpc";

const NO_SESSION = { status: 403, message: "Open Twinlens again first." };
const NOT_FOUND = { status: 404, message: "This page does not exist." };

export interface PageServerOptions {
  /** The folder of the built page. */
  readonly pageFolder: string;
  readonly router: AnyRouter;
  readonly picture: (request: PictureRequest) => Promise<PictureAnswer>;
  /** 0 for any free port. */
  readonly port: number;
  /** Prints an address that opens the page once. */
  readonly printAddress: (address: string) => void;
  /** Called when a browser has opened such an address. */
  readonly onAddressUsed?: () => void;
}

/** Serves the page to browsers on this machine that have a token, and answers the page's calls. */
export class PageServer implements AsyncDisposable {
  readonly #options: PageServerOptions;
  readonly #sessions = new Sessions();
  readonly #calls: RPCHandler<Record<never, never>>;
  readonly #sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE_BYTES,
    perMessageDeflate: false,
  });
  readonly #server = createServer((request, response) => void this.#respond(request, response));

  private constructor(options: PageServerOptions) {
    this.#options = options;
    this.#calls = new RPCHandler(options.router);
    this.#server.on("upgrade", (request, socket, head) => this.#connect(request, socket, head));
  }

  /** @throws if the port is in use. */
  static async listening(options: PageServerOptions): Promise<PageServer> {
    const self = new PageServer(options);
    await new Promise<void>((resolve, reject) => {
      self.#server.once("error", (cause: NodeJS.ErrnoException) =>
        reject(cause.code === "EADDRINUSE" ? portInUse(options.port, cause) : cause),
      );
      self.#server.listen({ host: LOOPBACK, port: options.port, exclusive: true }, resolve);
    });
    self.#printFreshAddress();
    return self;
  }

  get address(): AddressInfo {
    return this.#server.address() as AddressInfo; // The server listens on a port, not a pipe.
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
    let host = LOOPBACK;
    try {
      const foreign = refuseForeign(request, this.address.port);
      // A foreign host name must not appear in the response.
      if (foreign?.status !== 421) host = request.headers.host ?? "";
      const answer = foreign ? plain(foreign) : await this.#answer(request, gone.signal);
      send(request, response, answer, host);
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause);
      send(request, response, plain({ status: 500, message }), host);
    }
  }

  async #answer(request: IncomingMessage, signal: AbortSignal): Promise<Answer> {
    if (request.method !== "GET" && request.method !== "HEAD")
      return plain({ status: 405, message: "Only GET is supported." });
    const [pathname = "", query = ""] = (request.url ?? "").split("?", 2);
    const token = pathname === "/" ? new URLSearchParams(query).get("token") : null;
    if (token !== null) return this.#exchangeToken(request, token);
    if (!this.#hasSession(request)) return this.#refuseWithoutSession(pathname);
    if (pathname.startsWith(PICTURES))
      return this.#options.picture({
        address: (request.url ?? "").slice(PICTURES.length),
        knownTag: request.headers["if-none-match"],
        signal,
      });
    const file = await staticFile(this.#options.pageFolder, pathname);
    return file ? { status: 200, ...file } : plain(NOT_FOUND);
  }

  /** Exchanges the token for a session cookie, and leads to the address without the token. */
  #exchangeToken(request: IncomingMessage, token: string): Answer {
    // A HEAD request, as link previews send, must not use the token up.
    const session = request.method === "GET" ? this.#sessions.exchange(token) : undefined;
    if (session === undefined) return this.#refuseWithoutSession("/");
    this.#options.onAddressUsed?.();
    const headers = {
      "cache-control": "no-store",
      "set-cookie": `${this.#cookieName}=${session}; Path=/; HttpOnly; SameSite=Strict`,
    };
    // A redirect that begins at the file of `--open` counts as cross-site, and browsers would not send the cookie.
    if (request.headers["sec-fetch-site"] === "cross-site") return refreshPage(headers);
    return { status: 303, headers: { ...headers, location: "/" }, body: "" };
  }

  #refuseWithoutSession(pathname: string): Answer {
    if (pathname !== "/") return plain(NO_SESSION);
    this.#printFreshAddress();
    return expiredAddressPage();
  }

  #connect(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // A browser may disconnect at any time.
    socket.on("error", () => {});
    const refusal = this.#socketRefusal(request);
    if (refusal) {
      refuseSocket(socket, refusal);
      return;
    }
    this.#sockets.handleUpgrade(request, socket, head, (connection) => {
      connection.on("error", () => {});
      void this.#calls.upgrade(connection);
    });
  }

  #socketRefusal(request: IncomingMessage): Refusal | undefined {
    const refusal = refuseForeignSocket(request, this.address.port);
    if (refusal) return refusal;
    if (!this.#hasSession(request)) return NO_SESSION;
    return request.url === CALLS ? undefined : NOT_FOUND;
  }

  #hasSession(request: IncomingMessage): boolean {
    const session = cookie(request, this.#cookieName);
    return session !== undefined && this.#sessions.isSession(session);
  }

  /** Includes the port, because cookies are shared between all ports of a host. */
  get #cookieName(): string {
    return `twinlens-${this.address.port}`;
  }

  #printFreshAddress(): void {
    const token = this.#sessions.freshToken();
    if (token !== undefined)
      this.#options.printAddress(`http://${LOOPBACK}:${this.address.port}/?token=${token}`);
  }
}

function portInUse(port: number, cause: Error): Error {
  const message = `Port ${port} is in use. Choose another with --port, or leave --port out to use any free port.`;
  return new Error(message, { cause });
}

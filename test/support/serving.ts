import { type IncomingHttpHeaders, request } from "node:http";
import { join } from "node:path";
import { Writable } from "node:stream";
import { createORPCClient } from "@orpc/client";
import { RPCLink } from "@orpc/client/websocket";
import type { ContractRouterClient } from "@orpc/contract";
import { WebSocket } from "ws";
import type { appContract } from "../../src-main/contract/host.ts";
import type { RunningEngine } from "../../src-main/engine-client/engine-client.ts";
import { type Serving, startServing } from "../../src-main/serve.ts";
import { writeFiles } from "./drawn-data-set.ts";
import { freshFolder } from "./fresh-folder.ts";

export type Page = ContractRouterClient<typeof appContract>;

export interface Server extends AsyncDisposable {
  readonly port: number;
  readonly origin: string;
  readonly serving: Serving;
  /** Addresses printed so far, latest last. */
  readonly told: string[];
  /** The cookie of a browser that has opened the address, in the form in which it is sent. */
  readonly session: string;
  get(path: string, headers?: Record<string, string>, method?: string): Promise<Answer>;
  /** A page's connection, by default from our own page. */
  connect(headers?: Record<string, string>, path?: string): Promise<Page>;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface ServerOptions {
  readonly startEngine: () => RunningEngine;
  readonly roots: readonly string[];
  readonly project?: string;
  readonly dataFolder?: string;
}

/** A page with two files, next to a file that nobody may read. */
export async function builtPage(): Promise<string> {
  const folder = freshFolder();
  await writeFiles(folder, {
    "secret.js": "secret",
    "page/index.html": "<title>the page</title>",
    "page/assets/index-a1B2.js": "the script",
    "page/secret.txt.gz": "unknown type",
  });
  return join(folder, "page");
}

/** Starts a server and opens its address once. */
export async function startServer(options: ServerOptions): Promise<Server> {
  const told: string[] = [];
  const stdout = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      told.push(chunk.toString().trim());
      done();
    },
  });
  const stderr = new Writable({ write: (_chunk, _encoding, done) => done() });
  const serving = await startServing(
    { project: options.project, roots: options.roots, port: 0, open: false },
    {
      startEngine: options.startEngine,
      dataFolder: options.dataFolder ?? freshFolder(),
      stdout,
      stderr,
      pageFolder: await builtPage(),
    },
  );
  const { port } = serving.server.address;
  const origin = `http://127.0.0.1:${port}`;
  const get = (path: string, headers: Record<string, string> = {}, method = "GET") =>
    ask(port, path, headers, method);
  const admitted = await get(told[0]?.slice(origin.length) ?? "");
  const session = admitted.headers["set-cookie"]?.[0]?.split(";")[0] ?? "";
  const connections: WebSocket[] = [];
  return {
    port,
    origin,
    serving,
    told,
    session,
    get,
    async connect(headers = {}, path = "/rpc") {
      const websocket = new WebSocket(`ws://127.0.0.1:${port}${path}`, {
        headers: { origin, cookie: session, ...headers },
      });
      connections.push(websocket);
      await new Promise<void>((resolve, reject) => {
        websocket.once("open", resolve);
        websocket.once("error", reject);
      });
      // It has everything that a browser's WebSocket has. Only its event types differ.
      return createORPCClient(
        new RPCLink({ websocket: websocket as unknown as globalThis.WebSocket }),
      );
    },
    async [Symbol.asyncDispose]() {
      for (const connection of connections) connection.terminate();
      await serving[Symbol.asyncDispose]();
    },
  };
}

/** Requests exactly this path. `fetch` would normalize it. */
function ask(
  port: number,
  path: string,
  headers: Record<string, string>,
  method: string,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asking = request({ host: "127.0.0.1", port, path, method, headers, agent: false });
    asking.once("error", reject);
    asking.once("response", (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.once("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString(),
        }),
      );
    });
    asking.end();
  });
}

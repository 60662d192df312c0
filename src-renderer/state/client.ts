import type { ClientLink } from "@orpc/client";
import { RPCLink as PortLink } from "@orpc/client/message-port";
import { RPCLink as SocketLink } from "@orpc/client/websocket";
import type { ContractRouterClient } from "@orpc/contract";
import { PORT_MESSAGE, READY_MESSAGE } from "../../src-main/contract/desktop-bridge.ts";
import type { appContract } from "../../src-main/contract/host.ts";
import { desktop } from "./desktop.ts";

/** All that the page can ask of the engine and of the window or server around it. */
export type AppClient = ContractRouterClient<typeof appContract>;

export type AppLink = ClientLink<Record<never, never>>;

export interface Connection {
  readonly link: AppLink;
  /** Resolves when the connection is gone for good; a new one can be made. */
  readonly closed: Promise<void>;
}

/** Connects to the host of this page: the desktop's main process, or the server that the page came from. */
export function connect(): Promise<Connection> {
  return desktop ? connectToWindow() : connectToServer();
}

async function connectToWindow(): Promise<Connection> {
  const port = await new Promise<MessagePort>((resolve) => {
    window.addEventListener("message", function receive({ source, data, ports: [port] }) {
      if (source !== window || data !== PORT_MESSAGE || !port) return;
      window.removeEventListener("message", receive);
      resolve(port);
    });
    // The preload script answers with the port.
    window.postMessage(READY_MESSAGE, location.origin);
  });
  port.start();
  const closed = new Promise<void>((resolve) => port.addEventListener("close", () => resolve()));
  return { link: new PortLink({ port }), closed };
}

async function connectToServer(): Promise<Connection> {
  const address = new URL("rpc", location.href);
  address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  address.hash = "";
  address.search = "";
  const websocket = new WebSocket(address);
  const closed = new Promise<void>((resolve) =>
    websocket.addEventListener("close", () => resolve(), { once: true }),
  );
  await new Promise<void>((resolve, reject) => {
    websocket.addEventListener("open", () => resolve(), { once: true });
    websocket.addEventListener("error", () => reject(new Error("The server cannot be reached.")), {
      once: true,
    });
  });
  return { link: new SocketLink({ websocket }), closed };
}

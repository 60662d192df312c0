import type { ClientLink } from "@orpc/client";
import { RPCLink as PortLink } from "@orpc/client/message-port";
import { RPCLink as SocketLink } from "@orpc/client/websocket";
import type { ContractRouterClient } from "@orpc/contract";
import { PORT_MESSAGE, READY_MESSAGE } from "../../src-main/contract/desktop-bridge.ts";
import type { appContract } from "../../src-main/contract/host.ts";
import { desktop } from "./desktop.ts";

/** All procedures of the engine and of the window or server that runs the page. */
export type AppClient = ContractRouterClient<typeof appContract>;

export type AppLink = ClientLink<Record<never, never>>;

export interface Connection {
  readonly link: AppLink;
  /** Resolves when the connection is lost. Connect again for a new one. */
  readonly closed: Promise<void>;
}

/** Connects to the page's host: the desktop's main process, or the server that delivered the page. */
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
    // The preload script replies with the port.
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
    websocket.addEventListener(
      "error",
      () => reject(new Error("Cannot reach the server. Check that Twinlens is still running.")),
      {
        once: true,
      },
    );
  });
  return { link: new SocketLink({ websocket }), closed };
}

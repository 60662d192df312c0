import type { ChildProcess } from "node:child_process";
import type { BrowserPortLike } from "@orpc/client/message-port";

/** Either end of Node's IPC channel as a message port. */
export function processPort(end: NodeJS.Process | ChildProcess): BrowserPortLike {
  return {
    onMessage: {
      addListener: (callback) => {
        (end as ChildProcess).on("message", callback);
      },
    },
    onDisconnect: {
      addListener: (callback) => {
        (end as ChildProcess).on("disconnect", callback);
      },
    },
    postMessage: (data) => {
      // The other end may exit at any time; messages to it are then dropped.
      if (end.connected) end.send?.(data, undefined, undefined, () => {});
    },
  };
}

/** Either end of the channel to an Electron utility process. Declared here because the engine does not import Electron. */
export interface UtilityEnd<Message> {
  on(event: "message", listener: (message: Message) => void): unknown;
  postMessage(message: unknown): void;
}

/** Sent in place of a disconnect, which utility processes do not support. No RPC message equals it. */
export const STOP_MESSAGE = "twinlens-stop";

/** The host's end of the channel to a utility process as a message port. */
export function utilityPort(
  child: UtilityEnd<unknown>,
): Pick<BrowserPortLike, "onMessage" | "postMessage"> {
  return {
    onMessage: {
      addListener: (callback) => void child.on("message", callback),
    },
    postMessage: (data) => child.postMessage(data),
  };
}

/** The utility process's end of the channel as a message port; {@link STOP_MESSAGE} is its disconnect. */
export function parentPort(parent: UtilityEnd<{ readonly data: unknown }>): BrowserPortLike {
  return {
    onMessage: {
      addListener: (callback) => {
        parent.on("message", ({ data }) => {
          if (data !== STOP_MESSAGE) callback(data);
        });
      },
    },
    onDisconnect: {
      addListener: (callback) => {
        parent.on("message", ({ data }) => {
          if (data === STOP_MESSAGE) callback();
        });
      },
    },
    postMessage: (data) => parent.postMessage(data),
  };
}

import type { BrowserPortLike } from "@orpc/client/message-port";

/** One end of the channel to Electron's utility process, as both sides have it; named here so that the engine needs no Electron. */
export interface UtilityEnd<Message> {
  on(event: "message", listener: (message: Message) => void): unknown;
  postMessage(message: unknown): void;
}

/** What the host sends instead of cutting the channel, which it can't do to a utility process. The contract's messages never are it. */
export const STOP_MESSAGE = "twinlens-stop";

/** The host's end of the channel as a message port. */
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

/** The engine's end of the channel as a message port; being told to stop is its disconnection. */
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

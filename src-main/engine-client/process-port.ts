import type { ChildProcess } from "node:child_process";
import type { BrowserPortLike } from "@orpc/client/message-port";

/** One end of the channel between two Node processes, as a message port. */
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
      // A message to an end that has just gone is nobody's any more.
      if (end.connected) end.send?.(data, undefined, undefined, () => {});
    },
  };
}

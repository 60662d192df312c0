import { RPCHandler } from "@orpc/server/message-port";
import { createEngine } from "./engine/engine.ts";
import { parentPort, processPort, type UtilityEnd } from "./engine-client/message-ports.ts";

/** How long work that is under way may take to stop; below the host's own patience. */
const STOP_TIMEOUT_MS = 1000;

/**
 * The engine as a process of its own: a host starts it with a channel for messages and the data folder as its argument. It lives
 * as long as the channel does.
 */
const [, , dataFolder] = process.argv;
/** Present in a utility process of Electron only. */
const parent: UtilityEnd<{ data: unknown }> | undefined = Reflect.get(process, "parentPort");
if (dataFolder === undefined || (process.send === undefined && parent === undefined)) {
  throw new Error("The engine is started by a host, with a channel and its data folder.");
}

// A terminal sends Ctrl-C to the host and to the engine alike; the host decides what it means.
process.on("SIGINT", () => {});

const port = parent ? parentPort(parent) : processPort(process);
const ending = new AbortController();
new RPCHandler(createEngine({ dataFolder, signal: ending.signal })).upgrade(port);
port.onDisconnect.addListener(() => {
  ending.abort();
  // What runs was told to stop by its handler: it stores what it has, lets go of the model and the process ends by itself; a
  // utility process, whose channel stays open, ends here.
  const timer = setTimeout(() => process.exit(), STOP_TIMEOUT_MS);
  if (!parent) timer.unref();
});

import { RPCHandler } from "@orpc/server/message-port";
import { createEngine } from "./engine/engine.ts";
import { parentPort, processPort, type UtilityEnd } from "./engine-client/message-ports.ts";

/** How long running work may take to stop. The host waits longer than this. */
const STOP_TIMEOUT_MS = 1000;

/**
 * Runs the engine in a separate process. A host starts it with a message channel and the data folder as its argument. It ends when the
 * channel closes.
 */
const [, , dataFolder] = process.argv;
/** Present only in an Electron utility process. */
const parent: UtilityEnd<{ data: unknown }> | undefined = Reflect.get(process, "parentPort");
if (dataFolder === undefined || (process.send === undefined && parent === undefined)) {
  throw new Error(
    "This file is not a program. A Twinlens host starts it with a message channel and a data folder.",
  );
}

// A terminal sends Ctrl-C to the host and the engine; the host decides what to do.
process.on("SIGINT", () => {});

const port = parent ? parentPort(parent) : processPort(process);
const ending = new AbortController();
new RPCHandler(createEngine({ dataFolder, signal: ending.signal })).upgrade(port);
port.onDisconnect.addListener(() => {
  ending.abort();
  // Running work stores what it has and releases the model; then the process exits by itself. A utility process, whose channel stays
  // open, exits here.
  const timer = setTimeout(() => process.exit(), STOP_TIMEOUT_MS);
  if (!parent) timer.unref();
});

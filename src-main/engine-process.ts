import { RPCHandler } from "@orpc/server/message-port";
import { createEngine } from "./engine/engine.ts";
import { processPort } from "./engine-host/process-port.ts";

/**
 * The engine as a process of its own: a host starts it with a channel for messages and the data folder as its argument. It lives
 * as long as the channel does.
 */
const [, , dataFolder] = process.argv;
if (dataFolder === undefined || process.send === undefined) {
  throw new Error("The engine is started by a host, with a channel and its data folder.");
}

// A terminal sends Ctrl-C to the host and to the engine alike; the host decides what it means.
process.on("SIGINT", () => {});

const port = processPort(process);
new RPCHandler(createEngine({ dataFolder })).upgrade(port);
process.on("disconnect", () => process.exit());

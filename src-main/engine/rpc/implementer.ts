import { implement, ORPCError } from "@orpc/server";
import { contract } from "../../contract/contract.ts";
import { EngineError } from "../../contract/errors.ts";

/** What every procedure is built with: its failures reach the caller in words. */
export const os = implement(contract).use(async ({ next }) => {
  try {
    return await next();
  } catch (cause) {
    throw toRpcError(cause);
  }
});

/** Expected failures keep their code across processes; a fault of the program at least keeps its words. */
export function toRpcError(cause: unknown): unknown {
  if (cause instanceof EngineError) {
    return new ORPCError(cause.code, { message: cause.message, cause, defined: true });
  }
  if (cause instanceof ORPCError || !(cause instanceof Error) || cause.name === "AbortError")
    return cause;
  return new ORPCError("INTERNAL_SERVER_ERROR", {
    message: `${cause.name}: ${cause.message}`,
    cause,
  });
}

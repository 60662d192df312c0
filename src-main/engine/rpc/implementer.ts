import { mapEventIterator } from "@orpc/client";
import { implement, ORPCError } from "@orpc/server";
import { contract } from "../../contract/contract.ts";
import { EngineError } from "../../contract/errors.ts";
import { explainedError } from "../data/damage.ts";
import { fromSqliteError } from "../data/project-file.ts";

/**
 * Builds every procedure. Errors reach the caller with a code and a readable message, even if they occur in the middle of a stream;
 * an SQLite error names the project that the request is about.
 */
export const os = implement(contract).use(async ({ next }, input) => {
  const project = projectOf(input);
  const error = async (cause: unknown) => {
    const known = project === undefined ? cause : fromSqliteError(cause, project);
    const isExpected = known instanceof EngineError || known instanceof ORPCError;
    if (isExpected || project === undefined || isAbort(known)) return toRpcError(known);
    return toRpcError(explainedError(known, project));
  };
  try {
    const result = await next();
    return isEventIterator(result.output)
      ? { ...result, output: mapEventIterator(result.output, { value: (event) => event, error }) }
      : result;
  } catch (cause) {
    throw await error(cause);
  }
});

function isAbort(cause: unknown): boolean {
  return cause instanceof Error && cause.name === "AbortError";
}

/** @param input a request before it is validated */
function projectOf(input: unknown): string | undefined {
  const isRequest = typeof input === "object" && input !== null && "project" in input;
  return isRequest && typeof input.project === "string" ? input.project : undefined;
}

function isEventIterator(output: unknown): output is AsyncIterator<unknown> {
  return typeof output === "object" && output !== null && Symbol.asyncIterator in output;
}

/** Expected errors keep their code across processes; an unexpected one keeps at least its message. */
function toRpcError(cause: unknown): unknown {
  if (cause instanceof EngineError) {
    return new ORPCError(cause.code, { message: cause.message, cause, defined: true });
  }
  if (cause instanceof ORPCError || !(cause instanceof Error) || isAbort(cause)) return cause;
  return new ORPCError("INTERNAL_SERVER_ERROR", {
    message: `${cause.name}: ${cause.message}`,
    cause,
  });
}

import type { ApplyCounts, ApplyRequest, ApplyResult } from "../contract/apply.ts";
import type { EngineClient } from "../engine-client/engine-client.ts";

/**
 * Has the engine carry a plan out, and does for it what only a host can: moving a file to the trash. Who stops listening, or aborts,
 * stops it before the next image.
 * @param trash moves one file or says why not; see HostServices
 */
export async function* carryOutPlan(
  client: EngineClient,
  request: ApplyRequest,
  trash: (file: string) => Promise<void>,
  signal: AbortSignal | undefined,
): AsyncGenerator<ApplyResult, ApplyCounts> {
  signal?.throwIfAborted();
  // The engine is not given the signal: a file that has moved must be noted, whoever still listens.
  const events = await client.apply.run(request);
  try {
    for (;;) {
      const { done, value } = await events.next();
      if (done) return value;
      if (value.type === "trash") {
        signal?.throwIfAborted();
        const reason = await reasonOf(trash(value.file));
        await client.apply.trashed({ ticket: value.ticket, reason });
        continue;
      }
      const { type: _, ...result } = value;
      yield result;
      signal?.throwIfAborted();
    }
  } finally {
    await events.return?.(undefined as never);
  }
}

/** Why a file stayed; `null` when it has gone. */
async function reasonOf(moving: Promise<void>): Promise<string | null> {
  try {
    await moving;
    return null;
  } catch (cause) {
    return cause instanceof Error ? cause.message : String(cause);
  }
}

import type { ApplyCounts, ApplyRequest, ApplyResult } from "../contract/apply.ts";
import type { EngineClient } from "../engine-client/engine-client.ts";

/**
 * Runs `apply` in the engine, and moves files to the trash for it, which only a host can do. Ending the iteration or
 * aborting the signal stops before the next image.
 * @param trash moves one file or throws with the reason; see HostServices.
 */
export async function* carryOutPlan(
  client: EngineClient,
  request: ApplyRequest,
  trash: (file: string) => Promise<void>,
  signal: AbortSignal | undefined,
): AsyncGenerator<ApplyResult, ApplyCounts> {
  signal?.throwIfAborted();
  // Without the signal: the engine must still record a file that has just moved.
  const events = await client.apply.run(request);
  /** Whether the next file is an image, whose sidecars follow. An image that is gone takes its sidecars along. */
  let atImage = true;
  try {
    for (;;) {
      const { done, value } = await events.next();
      if (done) return value;
      if (value.type === "trash") {
        if (atImage && signal?.aborted) {
          await client.apply.trashed({ ticket: value.ticket, reason: "Stopped." });
          signal.throwIfAborted();
        }
        atImage = false;
        const reason = await failureReason(trash(value.file));
        await client.apply.trashed({ ticket: value.ticket, reason });
        continue;
      }
      const { type: _, ...result } = value;
      atImage = true;
      yield result;
      signal?.throwIfAborted();
    }
  } finally {
    await events.return?.(undefined as never);
  }
}

/** Why the file was not moved; `null` if it was. */
async function failureReason(moving: Promise<void>): Promise<string | null> {
  try {
    await moving;
    return null;
  } catch (cause) {
    return cause instanceof Error ? cause.message : String(cause);
  }
}

import type { ApplyEvent, ApplyResult } from "../../contract/apply.ts";
import type { CopyCounts, CopyEvent } from "../../contract/clean-copy.ts";
import type { ProjectCache } from "../analysis/project/project-cache.ts";
import { fromSqliteError } from "../data/project-file.ts";
import { applyPlan } from "../removal/apply/apply-plan.ts";
import { DISK } from "../removal/apply/disk.ts";
import { lastApplied, undoApply } from "../removal/apply/undo.ts";
import { copyDataSet } from "../removal/clean-copy/copy-data-set.ts";
import { answer } from "./answer.ts";
import { EventQueue } from "./event-queue.ts";
import { os, toRpcError } from "./implementer.ts";
import { TrashTickets } from "./trash-tickets.ts";

/** Handlers of the contract's group `apply`. */
export function applyProcedures(projects: ProjectCache) {
  const tickets = new TrashTickets();
  return {
    run: os.apply.run.handler(({ input, signal }) =>
      streamed<ApplyEvent, Awaited<ReturnType<typeof applyPlan>>>(
        input.project,
        signal,
        (push, stop) =>
          applyPlan(input, {
            open: () => projects.open(input.project),
            signal: stop,
            emit: (result) => push({ type: "result", ...result }),
            means: {
              disk: DISK,
              trash: (file) =>
                tickets.request((ticket) => push({ type: "trash", ticket, file }), stop),
            },
          }),
      ),
    ),

    trashed: os.apply.trashed.handler(({ input }) => {
      tickets.answer(input.ticket, input.reason);
      return {};
    }),

    undo: os.apply.undo.handler(({ input, signal }) =>
      streamed<ApplyResult, Awaited<ReturnType<typeof undoApply>>>(
        input.project,
        signal,
        (emit, stop) =>
          undoApply(input.project, { means: { disk: DISK, trash: null }, signal: stop, emit }),
      ),
    ),

    copy: os.apply.copy.handler(({ input, signal }) =>
      streamed<CopyEvent, CopyCounts>(input.project, signal, (emit, stop) =>
        copyDataSet(input, {
          open: () => projects.open(input.project),
          disk: DISK,
          signal: stop,
          emit,
        }),
      ),
    ),

    last: os.apply.last.handler(({ input }) =>
      answer(input.project, () => lastApplied(DISK, input.project)),
    ),
  };
}

/** The events of some work as they come, then its result. Who stops listening stops it; it has ended when this has. */
async function* streamed<Event, Result>(
  project: string,
  signal: AbortSignal | undefined,
  work: (push: (event: Event) => void, stop: AbortSignal) => Promise<Result>,
): AsyncGenerator<Event, Result> {
  const stop = new AbortController();
  const events = new EventQueue<Event>();
  const working = work(
    (event) => events.push(event),
    signal ? AbortSignal.any([signal, stop.signal]) : stop.signal,
  ).finally(() => events.end());
  // Its failure is thrown by the await below; until then it is nobody's.
  working.catch(() => {});
  try {
    yield* events;
    return await working;
  } catch (cause) {
    throw toRpcError(fromSqliteError(cause, project));
  } finally {
    stop.abort();
    await working.catch(() => {});
  }
}

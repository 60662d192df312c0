import type { ApplyEvent, ApplyResult } from "../../contract/apply.ts";
import type { CopyEvent } from "../../contract/clean-copy.ts";
import type { ProjectCache } from "../analysis/project/project-cache.ts";
import { readProjectRules, writeProjectRules } from "../data/settings.ts";
import { applyPlan } from "../removal/apply/apply-plan.ts";
import { DISK } from "../removal/apply/disk.ts";
import { lastApplied, undoApply } from "../removal/apply/undo.ts";
import { copyDataSet } from "../removal/clean-copy/copy-data-set.ts";
import { fullResolutionCheck } from "../removal/plan/full-resolution-check.ts";
import { makePlan } from "../removal/plan/make-plan.ts";
import { planChunks } from "../removal/plan/plan-text.ts";
import { eventStream } from "./event-stream.ts";
import { os } from "./implementer.ts";
import { TrashTickets } from "./trash-tickets.ts";
import { writeOutputs } from "./write-outputs.ts";

/** Handlers of the contract's groups `keeper`, `plan` and `apply`. */
export function removalProcedures(projects: ProjectCache) {
  const tickets = new TrashTickets();
  const check = fullResolutionCheck();
  return {
    keeper: {
      rules: os.keeper.rules.handler(({ input }) =>
        readProjectRules(projects.open(input.project).project),
      ),

      setRules: os.keeper.setRules.handler(({ input: { project, ...rules } }) => {
        writeProjectRules(projects.open(project).project, rules);
        return rules;
      }),
    },

    plan: {
      make: os.plan.make.handler(({ input }) =>
        makePlan(() => projects.open(input.project), input, check),
      ),

      write: os.plan.write.handler(async function* ({ input }) {
        const plan = await makePlan(() => projects.open(input.project), input, check);
        const images = [...projects.open(input.project).view.images.values()];
        yield* writeOutputs(input.outputs, (output) => planChunks(plan, images, output));
        return plan;
      }),
    },

    apply: {
      run: os.apply.run.handler(({ input, signal }) =>
        eventStream(signal, (emit: (event: ApplyEvent) => void, stop) =>
          applyPlan(input, {
            open: () => projects.open(input.project),
            check,
            signal: stop,
            emit: (result) => emit({ type: "result", ...result }),
            means: {
              disk: DISK,
              trash: (file) =>
                tickets.request((ticket) => emit({ type: "trash", ticket, file }), stop),
            },
          }),
        ),
      ),

      trashed: os.apply.trashed.handler(({ input }) => {
        tickets.answer(input.ticket, input.reason);
        return {};
      }),

      undo: os.apply.undo.handler(({ input, signal }) =>
        eventStream(signal, (emit: (event: ApplyResult) => void, stop) =>
          undoApply(input.project, {
            means: { disk: DISK, trash: null },
            sidecarRoots: input.sidecarRoots,
            signal: stop,
            emit,
          }),
        ),
      ),

      copy: os.apply.copy.handler(({ input, signal }) =>
        eventStream(signal, (emit: (event: CopyEvent) => void, stop) =>
          copyDataSet(input, {
            open: () => projects.open(input.project),
            check,
            disk: DISK,
            signal: stop,
            emit,
          }),
        ),
      ),

      last: os.apply.last.handler(({ input }) => lastApplied(DISK, input.project)),
    },
  };
}

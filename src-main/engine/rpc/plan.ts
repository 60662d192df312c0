import type { PlanOutput } from "../../contract/plan.ts";
import { STANDARD_OUTPUT } from "../../text/paths.ts";
import type { ProjectCache } from "../analysis/project/project-cache.ts";
import { fromSqliteError } from "../data/project-file.ts";
import { writeWhole } from "../files/write-file.ts";
import { makePlan } from "../removal/plan/make-plan.ts";
import { planChunks } from "../removal/plan/plan-text.ts";
import { answer } from "./answer.ts";
import { os, toRpcError } from "./implementer.ts";
import { inLargePieces } from "./large-pieces.ts";

/** Handlers of the contract's group `plan`. */
export function planProcedures(projects: ProjectCache) {
  return {
    make: os.plan.make.handler(({ input }) =>
      answer(input.project, () => makePlan(() => projects.open(input.project), input)),
    ),

    write: os.plan.write.handler(async function* ({ input }) {
      try {
        const plan = await makePlan(() => projects.open(input.project), input);
        const images = [...projects.open(input.project).view.images.values()];
        for (const [output, target] of Object.entries(input.outputs) as [PlanOutput, string][]) {
          const chunks = planChunks(plan, images, output);
          if (target !== STANDARD_OUTPUT) await writeWhole(target, chunks);
          else for (const text of inLargePieces(chunks)) yield { output, text };
        }
        return plan;
      } catch (cause) {
        throw toRpcError(fromSqliteError(cause, input.project));
      }
    }),
  };
}

import type { PlanOutput } from "../../contract/plan.ts";
import { STANDARD_OUTPUT } from "../../contract/standard-output.ts";
import { inLargePieces } from "../export/large-pieces.ts";
import { writeWhole } from "../export/write-file.ts";
import { makePlan } from "../plan/make-plan.ts";
import { planChunks } from "../plan/plan-text.ts";
import type { OpenProjects } from "../review/open-projects.ts";
import { explainSqlite } from "../store/project.ts";
import { answer } from "./answer.ts";
import { explain, os } from "./implementer.ts";

/** Handlers of the contract's group `plan`. */
export function planProcedures(projects: OpenProjects) {
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
        throw explain(explainSqlite(cause, input.project));
      }
    }),
  };
}

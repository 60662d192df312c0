import { redoStep, takeStep, undoStep } from "../decisions/decision-log.ts";
import { decisionState } from "../review/decision-state.ts";
import type { OpenProjects } from "../review/open-projects.ts";
import type { OpenedProject } from "../review/opened-project.ts";
import { planStep } from "../review/plan-step.ts";
import { answer } from "./answer.ts";
import { os } from "./implementer.ts";

/** Handlers of the contract's group `decisions`. */
export function decisionProcedures(projects: OpenProjects) {
  const after = (file: string, change: (opened: OpenedProject) => number) =>
    answer(file, () => {
      const opened = projects.open(file);
      const refused = change(opened);
      opened.forget();
      return decisionState(opened, refused);
    });
  return {
    state: os.decisions.state.handler(({ input }) =>
      answer(input.project, () => decisionState(projects.open(input.project))),
    ),

    decide: os.decisions.decide.handler(({ input }) =>
      after(input.project, (opened) => {
        const { step, refused } = planStep(opened, input.decision);
        takeStep(opened.project, step);
        return refused;
      }),
    ),

    undo: os.decisions.undo.handler(({ input }) =>
      after(input.project, ({ project }) => {
        undoStep(project);
        return 0;
      }),
    ),

    redo: os.decisions.redo.handler(({ input }) =>
      after(input.project, ({ project }) => {
        redoStep(project);
        return 0;
      }),
    ),
  };
}

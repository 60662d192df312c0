import { type ChangedMarks, redoStep, takeStep, undoStep } from "../decisions/decision-log.ts";
import { decisionState } from "../review/decision-state.ts";
import type { OpenProjects } from "../review/open-projects.ts";
import type { OpenedProject } from "../review/opened-project.ts";
import { planStep } from "../review/plan-step.ts";
import { answer } from "./answer.ts";
import { os } from "./implementer.ts";

/** Handlers of the contract's group `decisions`. */
export function decisionProcedures(projects: OpenProjects) {
  const after = (
    file: string,
    change: (opened: OpenedProject) => { changed: ChangedMarks; refused?: number },
  ) =>
    answer(file, () => {
      const opened = projects.open(file);
      const { changed, refused } = change(opened);
      opened.decided(changed);
      return decisionState(opened, refused, changed.image);
    });
  return {
    state: os.decisions.state.handler(({ input }) =>
      answer(input.project, () => decisionState(projects.open(input.project))),
    ),

    decide: os.decisions.decide.handler(({ input }) =>
      after(input.project, (opened) => {
        const { step, refused } = planStep(opened, input.decision);
        return { changed: takeStep(opened.project, step), refused };
      }),
    ),

    undo: os.decisions.undo.handler(({ input }) =>
      after(input.project, ({ project }) => ({ changed: undoStep(project) })),
    ),

    redo: os.decisions.redo.handler(({ input }) =>
      after(input.project, ({ project }) => ({ changed: redoStep(project) })),
    ),
  };
}

import { removalPreview } from "../plan/removal-preview.ts";
import type { OpenProjects } from "../review/open-projects.ts";
import { answer } from "./answer.ts";
import { os } from "./implementer.ts";

/** Handlers of the contract's group `removal`. */
export function removalProcedures(projects: OpenProjects) {
  return {
    preview: os.removal.preview.handler(({ input }) =>
      answer(input.project, () => {
        const opened = projects.open(input.project);
        return removalPreview(opened.cut(input), opened.marks);
      }),
    ),
  };
}

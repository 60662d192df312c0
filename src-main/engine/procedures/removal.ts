import { checkRemoval } from "../removal/check.ts";
import { removalPreview } from "../removal/preview.ts";
import { recordRemoval } from "../removal/record.ts";
import { removalFile } from "../removal/removal-file.ts";
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

    check: os.removal.check.handler(({ input }) =>
      answer(input.project, () =>
        checkRemoval(removalFile(projects.open(input.project).project, input.image)),
      ),
    ),

    record: os.removal.record.handler(({ input }) =>
      answer(input.project, () => {
        if (!input.removed) return {};
        const opened = projects.open(input.project);
        recordRemoval(opened.project, removalFile(opened.project, input.image));
        opened.forget();
        return {};
      }),
    ),
  };
}

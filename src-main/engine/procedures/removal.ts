import { checkRemoval } from "../removal/check.ts";
import { KeptCopies } from "../removal/kept-copies.ts";
import { removalPreview } from "../removal/preview.ts";
import { recordRemoval } from "../removal/record.ts";
import { removalFile } from "../removal/removal-file.ts";
import type { OpenProjects } from "../review/open-projects.ts";
import { answer } from "./answer.ts";
import { os } from "./implementer.ts";

/** Handlers of the contract's group `removal`. */
export function removalProcedures(projects: OpenProjects) {
  const keptCopies = new KeptCopies();
  return {
    preview: os.removal.preview.handler(({ input }) =>
      answer(input.project, () => {
        const opened = projects.open(input.project);
        return removalPreview(opened.cut(input), opened.marks);
      }),
    ),

    check: os.removal.check.handler(({ input }) =>
      answer(input.project, () => {
        const opened = projects.open(input.project);
        // Files of copies are looked up between awaits, over which no project is sure to stay open.
        const fileOf = (image: number) => removalFile(projects.open(input.project).project, image);
        const kept = input.mayLeaveNothing ? null : keptCopies.of(opened, input, input.image);
        return checkRemoval(fileOf(input.image), kept && Iterator.from(kept).map(fileOf));
      }),
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

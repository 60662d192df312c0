import type { AppliedStep } from "../../contract/apply.ts";
import type { ParsedCut } from "../../contract/cut.ts";
import { EngineError } from "../../contract/errors.ts";
import { countOf } from "../../text/figures.ts";
import { bytesFromPathText } from "../../text/paths.ts";
import type { LoadedProject } from "../analysis/project/loaded-project.ts";
import type { ProjectCache } from "../analysis/project/project-cache.ts";
import { corrections } from "../data/decisions/corrections.ts";
import {
  type ChangedMarks,
  latestDecision,
  redoStep,
  takeStep,
  undoStep,
} from "../data/decisions/decision-log.ts";
import { decisionsFile, decisionsText, readDecisions } from "../data/decisions/decisions-file.ts";
import { importStep } from "../data/decisions/import-decisions.ts";
import type { Project } from "../data/project-file.ts";
import { writeWhole } from "../files/write-file.ts";
import { csvText } from "../output/csv.ts";
import { correctionsTable } from "../output/export/project-tables.ts";
import { DISK } from "../removal/apply/disk.ts";
import { lastApplied } from "../removal/apply/undo.ts";
import { decisionState } from "../review/decision-state.ts";
import { decisionStep } from "../review/decision-step.ts";
import { noteSettled } from "../review/note-settled.ts";
import { os } from "./implementer.ts";

/** Handlers of the contract's group `decisions`. */
export function decisionProcedures(projects: ProjectCache) {
  /** Changes decisions and returns the resulting state. */
  const decideWith = (
    cut: ParsedCut & { readonly project: string },
    change: (opened: LoadedProject) => { changed: ChangedMarks; refused?: number },
  ) => {
    const opened = projects.open(cut.project);
    const { changed, refused } = change(opened);
    opened.decided(changed);
    noteSettled(opened, opened.cut(cut), changed);
    return decisionState(opened, refused, changed.image);
  };
  return {
    state: os.decisions.state.handler(({ input }) => decisionState(projects.open(input.project))),

    decide: os.decisions.decide.handler(({ input }) =>
      decideWith(input, (opened) => {
        const { step, refused } = decisionStep(opened, input.decision);
        return { changed: takeStep(opened.project, step), refused };
      }),
    ),

    undo: os.decisions.undo.handler(async ({ input }) => {
      const removal = await lastApplied(DISK, input.project);
      return decideWith(input, ({ project }) => {
        refuseBefore(removal, project);
        return { changed: undoStep(project) };
      });
    }),

    file: os.decisions.file.handler(({ input }) => {
      const { project } = projects.open(input.project);
      return textBlob("application/json", decisionsText(decisionsFile(project)));
    }),

    export: os.decisions.export.handler(async ({ input }) => {
      const file = decisionsFile(projects.open(input.project).project);
      await writeWhole(input.out, decisionsText(file));
      return { decisions: file.marks.length + file.labels.length + file.notDuplicates.length };
    }),

    import: os.decisions.import.handler(async ({ input }) => {
      const file = await readDecisions(input.file);
      const opened = projects.open(input.project);
      const { step, refused, ...counts } = importStep(opened.project, file, input.replace);
      opened.decided(takeStep(opened.project, step));
      return { ...counts, state: decisionState(opened, refused) };
    }),

    corrections: os.decisions.corrections.handler(({ input }) => {
      const { view } = projects.open(input.project);
      return textBlob("text/csv", csvText(correctionsTable(() => corrections(view))));
    }),

    redo: os.decisions.redo.handler(({ input }) =>
      decideWith(input, ({ project }) => ({ changed: redoStep(project) })),
    ),
  };
}

/** @throws EngineError USAGE if the removal came after the decision that an undo would revert */
function refuseBefore(removal: AppliedStep | null, project: Project): void {
  const latest = latestDecision(project);
  if (!removal?.restorable || latest === 0 || removal.decision < latest) return;
  const files = countOf(removal.images, "file");
  throw new EngineError(
    "USAGE",
    `The last step removed ${files}, after every decision. Put ${removal.images === 1 ? "it" : "them"} back before you undo a decision.`,
  );
}

/** Encodes text; a file name that is not UTF-8 gets its original bytes back. */
function textBlob(type: string, chunks: Iterable<string>): Blob {
  return new Blob(
    [...Iterator.from(chunks).map((text) => new Uint8Array(bytesFromPathText(text)))],
    {
      type,
    },
  );
}

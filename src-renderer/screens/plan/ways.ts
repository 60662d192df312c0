import type { UndoableWay } from "../../../src-main/contract/apply.ts";
import { countOf, countText } from "../../state/format.ts";

/** Ways to apply a plan from the page: remove files, or write the others to a new folder. */
export type PlanWay = UndoableWay | "copy";

interface WayText {
  readonly name: string;
  readonly says: string;
  readonly question: (files: number) => string;
  readonly button: (files: number) => string;
  readonly progress: string;
  /** Ends the sentence `12 files …`: what the plan would do, and what was done. */
  readonly would: string;
  readonly done: string;
}

/** The dialog's wording for each way to apply a plan. */
export const WAYS: Record<PlanWay, WayText> = {
  trash: {
    name: "System trash",
    says: "Moves files to the trash of this system, from which you can restore them.",
    question: (files) => `Move ${countOf(files, "file")} to the trash?`,
    button: (files) => `Move ${countText(files)} to trash`,
    progress: "Moving files to the trash",
    would: "would be removed",
    done: "moved to the trash",
  },
  quarantine: {
    name: "Quarantine folder next to the project",
    says: "Moves files to a folder that mirrors splits and paths. Keep or delete it later.",
    question: (files) => `Move ${countOf(files, "file")} to the quarantine folder?`,
    button: (files) => `Move ${countText(files)} to quarantine`,
    progress: "Moving files to the quarantine folder",
    would: "would be removed",
    done: "moved to the quarantine folder",
  },
  hardlink: {
    name: "Hard link to the keeper",
    says: "Replaces each file with a hard link to its keeper and moves the original to the quarantine folder. Only within a split, because a link across splits would leave the leak.",
    question: (files) => `Turn ${countOf(files, "file")} into hard links?`,
    button: (files) => `Link ${countText(files)} to keepers`,
    progress: "Linking files to their keepers",
    would: "would be linked",
    done: "linked to their keepers",
  },
  copy: {
    name: "Write a clean copy",
    says: "Writes a new folder without the removed images, their labels, and their rows in lists. The scanned folders do not change.",
    question: (files) => `Write a copy without ${countOf(files, "file")}?`,
    button: () => "Write copy",
    progress: "Writing copy",
    would: "would be left out",
    done: "left out",
  },
};

import type { UndoableWay } from "../../../src-main/contract/apply.ts";
import { countOf, countText } from "../../state/format.ts";

/** How a plan is carried out from the page: by letting files go, or by writing the others into a new folder. */
export type PlanWay = UndoableWay | "copy";

interface WayText {
  readonly name: string;
  readonly says: string;
  readonly question: (files: number) => string;
  readonly button: (files: number) => string;
  readonly going: string;
  /** What a check says of files, and what became of them. */
  readonly would: string;
  readonly done: string;
}

/** The ways to carry a plan out, in the words of the dialog. */
export const WAYS: Record<PlanWay, WayText> = {
  trash: {
    name: "System trash",
    says: "Where this system keeps what is deleted, and where it can be put back from.",
    question: (files) => `Move ${countOf(files, "file")} to the trash?`,
    button: (files) => `Move ${countText(files)} to trash`,
    going: "Moving files to the trash",
    would: "would go",
    done: "moved to the trash",
  },
  quarantine: {
    name: "Quarantine folder beside the project",
    says: "Moved into a folder that mirrors splits and paths, for you to keep or delete later.",
    question: (files) => `Move ${countOf(files, "file")} to the quarantine folder?`,
    button: (files) => `Move ${countText(files)} to quarantine`,
    going: "Moving files to the quarantine folder",
    would: "would go",
    done: "moved to the quarantine folder",
  },
  hardlink: {
    name: "Hard link to the keeper",
    says: "Each file becomes another name of its keeper, and what it was goes to the quarantine folder. Within a split only: a link across would leave the leak.",
    question: (files) => `Turn ${countOf(files, "file")} into hard links?`,
    button: (files) => `Link ${countText(files)} to keepers`,
    going: "Linking files to their keepers",
    would: "would be linked",
    done: "linked to their keepers",
  },
  copy: {
    name: "Write a clean copy",
    says: "A new folder with all that stays, its labels and lists without what goes. Nothing in the scanned folders is touched.",
    question: (files) => `Write a copy without ${countOf(files, "file")}?`,
    button: () => "Write the copy",
    going: "Writing the copy",
    would: "would be left out",
    done: "left out",
  },
};

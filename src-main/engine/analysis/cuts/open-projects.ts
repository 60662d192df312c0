import { statSync } from "node:fs";
import { resolve } from "node:path";
import { openProject, restInOneFile } from "../../data/project-file.ts";
import { LatestFew } from "./latest-few.ts";
import { OpenedProject } from "./opened-project.ts";

/** Projects kept open: a person looks at one, and goes back to another now and then. */
const PROJECTS_KEPT = 3;

interface Kept {
  readonly opened: OpenedProject;
  /** Which file the name stood for. */
  readonly inode: bigint | undefined;
}

/** Projects that are open now, in this process, so that they are closed in good order when it ends. */
const openNow = new Set<OpenedProject>();
process.once("exit", () => {
  for (const opened of openNow) close(opened);
});

/** The projects that requests name, opened at their first and kept for their next. */
export class OpenProjects {
  readonly #kept = new LatestFew<string, Kept>(PROJECTS_KEPT, ({ opened }) => close(opened));

  /**
   * The project as it is now. What it gives holds until the next await.
   * @throws EngineError PROJECT_INVALID, PROJECT_TOO_NEW.
   */
  open(file: string): OpenedProject {
    const path = resolve(file);
    // A file that was replaced by another is another project, though the open one still reads the old.
    const inode = statSync(path, { bigint: true, throwIfNoEntry: false })?.ino;
    const make = () => {
      const opened = new OpenedProject(openProject(path));
      openNow.add(opened);
      return { opened, inode };
    };
    let kept = this.#kept.get(path, make);
    if (kept.inode !== inode) {
      this.#kept.delete(path);
      kept = this.#kept.get(path, make);
    }
    kept.opened.refresh();
    return kept.opened;
  }
}

function close(opened: OpenedProject): void {
  openNow.delete(opened);
  restInOneFile(opened.project);
  opened.project[Symbol.dispose]();
}

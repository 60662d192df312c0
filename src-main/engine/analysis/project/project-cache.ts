import { statSync } from "node:fs";
import { resolve } from "node:path";
import { LRUCache } from "lru-cache";
import { openProject, restInOneFile } from "../../data/project-file.ts";
import { LoadedProject } from "./loaded-project.ts";

/** A reviewer works on one project and goes back to another now and then. */
const MAX_PROJECTS = 3;

interface CachedProject {
  readonly loaded: LoadedProject;
  /** Detects that another file now has this path. */
  readonly inode: bigint | undefined;
}

/** Every open project of this process, to close them properly when it exits. */
const openNow = new Set<LoadedProject>();
process.once("exit", () => {
  for (const loaded of openNow) close(loaded);
});

/** Opens the projects that requests name and keeps the most recent ones open. */
export class ProjectCache {
  readonly #cache = new LRUCache<string, CachedProject>({
    max: MAX_PROJECTS,
    dispose: ({ loaded }) => close(loaded),
  });

  /**
   * Returns the project in its current state, which is valid until the next `await`.
   * @throws EngineError PROJECT_INVALID, PROJECT_TOO_NEW.
   */
  open(file: string): LoadedProject {
    const path = resolve(file);
    // An open database keeps reading a file that another one has replaced.
    const inode = statSync(path, { bigint: true, throwIfNoEntry: false })?.ino;
    let cached = this.#cache.get(path);
    if (!cached || cached.inode !== inode) {
      // Close the old database first: closing it deletes the write-ahead log, which the new one would share by path.
      this.#cache.delete(path);
      cached = { loaded: new LoadedProject(openProject(path)), inode };
      openNow.add(cached.loaded);
      this.#cache.set(path, cached);
    }
    cached.loaded.refresh();
    return cached.loaded;
  }
}

function close(loaded: LoadedProject): void {
  openNow.delete(loaded);
  restInOneFile(loaded.project);
  loaded.project[Symbol.dispose]();
}

import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { z } from "zod";
import { EngineError } from "../../contract/errors.ts";
import { RecentProject } from "../../contract/project.ts";
import { type ParsedScanRequest, ScanRequest } from "../../contract/scan-request.ts";
import { projectKey, projectName } from "../data/project-name.ts";
import { systemErrorReason } from "../files/system-errors.ts";

const MOST_KEPT = 20;
const Stored = z.array(
  RecentProject.omit({ present: true }).extend({
    unfinished: RecentProject.shape.unfinished.default(null),
  }),
);
type Stored = z.infer<typeof Stored>;

/** The most recently opened or scanned projects, stored in the program's folder. */
export class RecentProjects {
  readonly #folder: string;
  readonly #file: string;

  /** @param dataFolder the program's own folder in the user's data */
  constructor(dataFolder: string) {
    this.#folder = dataFolder;
    this.#file = join(dataFolder, "recent-projects.json");
  }

  /** Latest first. */
  list(): RecentProject[] {
    return this.#read().map((entry) => ({ ...entry, present: existsSync(entry.project) }));
  }

  /** Adds a project as the latest. @param images of all splits */
  add(of: Pick<RecentProject, "project" | "splits">, images: number): void {
    this.#put(of, images, null);
  }

  /** Adds a project whose scan begins as the latest. Until {@link add}, the scan counts as unfinished. */
  begin(scan: ScanRequest & { project: string }): void {
    const before = this.#read().find(({ project }) => project === scan.project);
    this.#put(scan, before?.images ?? 0, ScanRequest.parse(scan));
  }

  #put(
    { project, splits }: Pick<RecentProject, "project" | "splits">,
    images: number,
    unfinished: ParsedScanRequest | null,
  ): void {
    const latest = {
      project,
      key: projectKey(project),
      name: projectName(splits),
      splits: splits.map(({ name, root }) => ({ name, root })),
      images,
      unfinished,
      openedAt: Date.now(),
    };
    this.#write([latest, ...this.#without(project)].slice(0, MOST_KEPT));
  }

  forget(project: string): void {
    this.#write(this.#without(project));
  }

  #without(project: string): Stored {
    return this.#read().filter((entry) => entry.project !== resolve(project));
  }

  #read(): Stored {
    try {
      return Stored.parse(JSON.parse(readFileSync(this.#file, "utf8")));
    } catch {
      return []; // The file does not exist or this version cannot read it. Not worth an error.
    }
  }

  #write(entries: Stored): void {
    const partial = `${this.#file}.${process.pid}.partial`;
    try {
      mkdirSync(this.#folder, { recursive: true });
      writeFileSync(partial, `${JSON.stringify(entries, null, 1)}\n`);
      renameSync(partial, this.#file);
    } catch (cause) {
      rmSync(partial, { force: true });
      throw new EngineError(
        "DISK_UNWRITABLE",
        `Cannot update the list of recent projects: ${systemErrorReason(cause)}. Check that you can write to ${this.#folder}.`,
        {
          cause,
        },
      );
    }
  }
}

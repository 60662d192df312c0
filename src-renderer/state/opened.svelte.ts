import { createContext } from "svelte";
import type { AppClient } from "./client.ts";
import { type Problem, problemOf } from "./problem.ts";
import type { Scans } from "./scans.svelte.ts";
import { knowSplits } from "./splits.svelte.ts";
import { Workspace } from "./workspace.svelte.ts";

/** The project that the address names, opened. */
export class Opened {
  workspace = $state.raw<Workspace | null>(null);
  problem = $state.raw<Problem | null>(null);
  /** Project file of the key in the address, as far as it is known. */
  project = $state.raw<string | null>(null);

  readonly #client: AppClient;
  readonly #scans: Scans;
  #key: string | null = null;

  constructor(client: AppClient, scans: Scans) {
    this.#client = client;
    this.#scans = scans;
  }

  /** Opens the project of a key; does nothing when it is open already. */
  async open(key: string): Promise<void> {
    if (this.#key === key && this.problem === null) return;
    this.#key = key;
    this.workspace = null;
    this.problem = null;
    this.project = null;
    try {
      const project = await this.#projectOf(key);
      if (this.#key !== key) return;
      this.project = project;
      if (project === null) {
        throw Object.assign(new Error("It was not opened here before. Open its file instead."), {
          code: "PROJECT_INVALID",
        });
      }
      const info = await this.#client.project.open({ project });
      if (this.#key !== key) return;
      knowSplits(info.splits.map(({ name }) => name));
      this.workspace = new Workspace(this.#client, info);
    } catch (error) {
      if (this.#key === key) this.problem = problemOf(error);
    }
  }

  /** A project is known from having been opened, or from its scan. */
  async #projectOf(key: string): Promise<string | null> {
    const scanned = this.#scans.of(key)?.project;
    if (scanned !== undefined) return scanned;
    const recent = await this.#client.project.recent();
    return (
      recent.find((candidate) => candidate.key === key)?.project ??
      this.#scans.of(key)?.project ??
      null
    );
  }

  /** Another engine runs in place of one that ended: what is shown stays, and is asked for again. */
  engineRestarted(): void {
    if (this.workspace) this.workspace.askAgain();
    else void this.again();
  }

  /** Opens the project again: after a new scan, or to see whether a problem is gone. */
  async again(): Promise<void> {
    const key = this.#key;
    this.#key = null;
    if (key !== null) await this.open(key);
  }
}

export const [getOpened, setOpened] = createContext<Opened>();

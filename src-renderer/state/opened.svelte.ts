import { createContext } from "svelte";
import type { AppClient } from "./client.ts";
import { type Problem, problemOf } from "./problem.ts";
import type { Scans } from "./scans.svelte.ts";
import { knowSplits } from "./splits.svelte.ts";
import { Workspace } from "./workspace.svelte.ts";

/** The open project, which the address names. */
export class Opened {
  workspace = $state.raw<Workspace | null>(null);
  problem = $state.raw<Problem | null>(null);
  /** Project file of the key in the address; `null` until it is known. */
  project = $state.raw<string | null>(null);

  readonly #client: AppClient;
  readonly #scans: Scans;
  #key: string | null = null;

  constructor(client: AppClient, scans: Scans) {
    this.#client = client;
    this.#scans = scans;
  }

  /** Opens the project of a key. Does nothing if it is already open. */
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
        throw Object.assign(
          new Error("Twinlens has not opened this project before. Open its file instead."),
          {
            code: "PROJECT_INVALID",
          },
        );
      }
      const info = await this.#client.project.open({ project });
      if (this.#key !== key) return;
      knowSplits(info.splits.map(({ name }) => name));
      this.workspace = new Workspace(this.#client, info);
    } catch (error) {
      if (this.#key === key) this.problem = problemOf(error);
    }
  }

  /** Finds a project among scans and recently opened projects. */
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

  /** Fetches everything again from a restarted engine. The old data stays on screen meanwhile. */
  engineRestarted(): void {
    if (this.workspace) this.workspace.reload();
    else void this.reopen();
  }

  /** Shows a scan of the open project that has just been completed, in place. */
  async rescanned(): Promise<void> {
    const { workspace } = this;
    if (!workspace) return;
    try {
      const info = await this.#client.project.open({ project: workspace.info.project });
      if (this.workspace !== workspace) return;
      knowSplits(info.splits.map(({ name }) => name));
      workspace.rescanned(info);
    } catch (error) {
      workspace.notice = { text: problemOf(error).message, tone: "failed", back: null };
    }
  }

  /** Opens the project again, to retry after a problem. */
  async reopen(): Promise<void> {
    const key = this.#key;
    this.#key = null;
    if (key !== null) await this.open(key);
  }
}

export const [getOpened, setOpened] = createContext<Opened>();

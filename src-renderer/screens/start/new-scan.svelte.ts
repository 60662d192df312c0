import type { SplitInspection } from "../../../src-main/contract/project.ts";
import type { RootSurvey } from "../../../src-main/contract/root-layout.ts";
import type { Device, ScanRequest, Split } from "../../../src-main/contract/scan-request.ts";
import { splitOfWord } from "../../../src-main/text/splits.ts";
import type { AppClient } from "../../state/client.ts";
import { baseName } from "../../state/format.ts";
import { type Problem, problemOf } from "../../state/problem.ts";
import { knowSplits } from "../../state/splits.svelte.ts";

/** A folder to scan. `inspection` is `null` until the engine has looked inside. */
export class SplitDraft {
  readonly root: string;
  /** The folders below `root` that hold its images, if there are several. */
  readonly folders: readonly string[] | undefined;
  name = $state("");
  protect = $state(false);
  inspection = $state.raw<SplitInspection | null>(null);

  constructor({ root, folders }: Omit<Split, "name">, name: string) {
    this.root = root;
    this.folders = folders;
    this.name = name;
  }

  /** Distinguishes drafts: splits of one root differ in their folders. */
  get key(): string {
    return JSON.stringify([this.root, this.folders]);
  }

  /** The split as a request names it. */
  get split(): Split {
    const { root, folders } = this;
    return { name: this.name.trim(), root, ...(folders && { folders: [...folders] }) };
  }
}

/** What a chosen root contains besides its splits. */
export interface SurveyedRoot extends RootSurvey {
  readonly root: string;
}

/** Name that the engine gives a root without split folders. */
const WHOLE = "all";

/** The scan being set up: its splits and options. */
export class NewScan {
  splits = $state<SplitDraft[]>([]);
  /** The roots in which splits were looked for. */
  roots = $state.raw<readonly SurveyedRoot[]>([]);
  /** The person confirmed that a root with folders named like splits is one split. */
  oneSplit = $state(false);
  /** Number of `add` calls in progress. */
  looking = $state(0);
  problem = $state.raw<Problem | null>(null);

  device = $state<Device>("auto");
  model = $state("");
  modelOutputs = $state("");
  neighbors = $state(10);
  pca = $state<number | null>(null);
  dnikit = $state(false);

  readonly #client: AppClient;

  constructor(client: AppClient) {
    this.#client = client;
    $effect.pre(() => knowSplits(this.splits.map(({ name }) => name)));
  }

  readonly images = $derived(
    this.splits.reduce((sum, { inspection }) => sum + (inspection?.images ?? 0), 0),
  );

  /** Why the scan cannot start yet; `null` when it can. */
  readonly obstacle: string | null = $derived.by(() => {
    if (this.splits.length === 0) return "Choose at least one folder.";
    const names = this.splits.map(({ name }) => name.trim());
    if (names.includes("")) return "Every split needs a name.";
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (twice !== undefined) return `Two splits are named “${twice}”. Rename one of them.`;
    if (this.splits.some(({ inspection }) => inspection?.problem)) {
      return "A folder cannot be read. Fix the problem or remove the folder.";
    }
    if (this.looking === 0 && this.images === 0) return "These folders contain no images.";
    return null;
  });

  /** Adds split folders, or the split folders inside a root. */
  async add(roots: readonly string[]): Promise<void> {
    this.looking += 1;
    this.problem = null;
    try {
      for (const root of roots) await this.#addRoot(root, roots.length > 1);
      await this.#inspect();
    } catch (error) {
      this.problem = problemOf(error);
    } finally {
      this.looking -= 1;
    }
  }

  /** Adds an unused folder of a root as a split of its own. */
  async addUnused(root: string, folder: string): Promise<void> {
    this.splits.push(new SplitDraft({ root: `${root}/${folder}` }, this.#freeName(folder)));
    this.roots = this.roots.map((known) =>
      known.root === root
        ? { ...known, unused: known.unused.filter((unused) => unused.folder !== folder) }
        : known,
    );
    await this.#inspect();
  }

  remove(split: SplitDraft): void {
    this.splits = this.splits.filter((other) => other !== split);
    this.problem = null;
  }

  clear(): void {
    this.splits = [];
    this.roots = [];
    this.oneSplit = false;
    this.problem = null;
  }

  request(): ScanRequest {
    const modelOutputs = this.modelOutputs
      .split(",")
      .map((name) => name.trim())
      .filter(Boolean);
    return {
      splits: this.splits.map(({ split }) => split),
      ...(this.roots.length > 0 && { roots: this.roots.map(({ root }) => root) }),
      ...(this.oneSplit && { oneSplit: true }),
      protect: this.splits.filter(({ protect }) => protect).map(({ name }) => name.trim()),
      device: this.device,
      ...(this.dnikit ? { preset: "dnikit" as const } : { neighbors: this.neighbors }),
      ...(this.model.trim() ? { model: this.model.trim() } : {}),
      ...(modelOutputs.length > 0 ? { modelOutputs } : {}),
      ...(this.pca && !this.dnikit ? { pca: this.pca } : {}),
    };
  }

  async #addRoot(root: string, amongOthers: boolean): Promise<void> {
    const { splits, ...survey } = await this.#client.recognizeSplits({ root });
    for (const split of splits) {
      const draft = new SplitDraft(split, split.name);
      if (this.splits.some(({ key }) => key === draft.key)) continue;
      const folder = baseName(split.root);
      const alone =
        split.name === WHOLE &&
        (amongOthers || this.splits.length > 0 || splitOfWord(folder) !== undefined);
      draft.name = this.#freeName(alone ? folder : split.name);
      this.splits.push(draft);
      if (alone) continue; // The person chose this folder as a split.
      this.roots = [...this.roots.filter((known) => known.root !== root), { root, ...survey }];
    }
  }

  #freeName(wanted: string): string {
    const taken = new Set(this.splits.map(({ name }) => name));
    if (!taken.has(wanted)) return wanted;
    for (let number = 2; ; number++) {
      if (!taken.has(`${wanted} ${number}`)) return `${wanted} ${number}`;
    }
  }

  async #inspect(): Promise<void> {
    const waiting = this.splits.filter(({ inspection }) => inspection === null);
    if (waiting.length === 0) return;
    const inspections = await this.#client.inspectSplits({
      splits: waiting.map(({ split }) => split),
    });
    for (const [index, split] of waiting.entries()) {
      split.inspection = inspections[index] ?? null;
    }
  }
}

import { ORPCError } from "@orpc/client";
import { SvelteMap } from "svelte/reactivity";
import type { AppliedStep } from "../../src-main/contract/apply.ts";
import type { Cut, CutFigures, Mark } from "../../src-main/contract/cut.ts";
import type { Decision, DecisionState } from "../../src-main/contract/decisions.ts";
import { ENGINE_ENDED } from "../../src-main/contract/errors.ts";
import { DEFAULT_GROUPING, type Grouping } from "../../src-main/contract/grouping.ts";
import type { ImageId } from "../../src-main/contract/ids.ts";
import type { ProjectRules } from "../../src-main/contract/keeper.ts";
import type { ThumbnailSide } from "../../src-main/contract/pictures.ts";
import type { ProjectInfo } from "../../src-main/contract/project.ts";
import type { Threshold } from "../../src-main/contract/threshold.ts";
import { importOutcome } from "../../src-main/text/decisions-import.ts";
import { type MeasuredPair, measureText, thresholdMeasure } from "../../src-main/text/measures.ts";
import type { AppClient } from "./client.ts";
import { pictureAddress } from "./picture-address.ts";
import { Throttle } from "./throttle.ts";

/** A line that says what was just done or what went wrong. */
export interface Notice {
  readonly text: string;
  readonly tone: "done" | "failed";
  /** The command that reverses it. */
  readonly back: "undo" | "redo" | null;
}

/** A change, for views that cache the engine's answers. */
export type Change =
  /** These images now have these marks, and nothing else changed. */
  | { readonly type: "marks"; readonly marks: ReadonlyMap<ImageId, Mark | null> }
  /** Any other change. Undo and redo name an image that they changed. */
  | { readonly type: "other"; readonly image?: ImageId | null; readonly removed?: boolean };

/** An error's message, whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error && error.message ? error.message : String(error);
}

/** The open project: its cut, the figures at that cut, and its decisions. */
export class Workspace {
  readonly client: AppClient;
  /** Another one after each scan. */
  info: ProjectInfo;

  /** Changes at once while dragged; `figures` follow as fast as the engine answers. */
  #threshold = $state.raw<Threshold>({ strategy: "auto" });
  #grouping = $state.raw<Grouping>(DEFAULT_GROUPING);
  #modelOutput = $state.raw<string | undefined>();
  /** Figures of the latest answer. The old ones stay until new ones arrive. */
  figures = $state.raw<CutFigures | null>(null);
  /** Why the figures are unavailable. */
  problem = $state.raw<string | null>(null);
  decisions = $state.raw<DecisionState | null>(null);
  /** The removal that can be undone; `null` if there is none, or before it is known. */
  lastApplied = $state.raw<AppliedStep | null>(null);
  /** The keeper rules; `null` before they are known. */
  rules = $state.raw<ProjectRules | null>(null);
  notice = $state.raw<Notice | null>(null);
  /** Marks that the engine has not confirmed yet; `null` is a cleared mark. */
  readonly marks = new SvelteMap<ImageId, Mark | null>();
  /** Number of unfinished decisions. */
  deciding = $state(0);

  readonly cut: Cut = $derived.by(() => ({
    project: this.info.project,
    threshold: this.#threshold,
    grouping: this.#grouping,
    ...(this.#modelOutput === undefined ? {} : { modelOutput: this.#modelOutput }),
  }));

  readonly #figures = new Throttle<Cut>((cut) => this.#fetchFigures(cut));
  readonly #rulesToStore = new Throttle<ProjectRules>((rules) => this.#storeRules(rules));
  #figuresKnown: Promise<void> = Promise.resolve();
  /** How many unfinished decisions mark an image. */
  readonly #pending = new Map<ImageId, number>();
  #queue: Promise<unknown> = Promise.resolve();
  readonly #listeners = new Set<(change: Change) => void>();

  constructor(client: AppClient, info: ProjectInfo) {
    this.client = client;
    this.info = $state.raw(info);
    void this.refresh();
  }

  get threshold(): Threshold {
    return this.#threshold;
  }

  set threshold(threshold: Threshold) {
    this.#threshold = threshold;
    this.#askFigures();
  }

  get grouping(): Grouping {
    return this.#grouping;
  }

  set grouping(grouping: Grouping) {
    this.#grouping = grouping;
    this.#askFigures();
  }

  get modelOutput(): string | undefined {
    return this.#modelOutput;
  }

  set modelOutput(modelOutput: string | undefined) {
    this.#modelOutput = modelOutput;
    this.#askFigures();
  }

  /** Resolves when the figures of the latest cut have arrived or failed. */
  get figuresKnown(): Promise<void> {
    return this.#figuresKnown;
  }

  #askFigures(): void {
    this.#figuresKnown = this.#figures.ask(this.cut);
  }

  /** Fetches figures, rules, decisions and the last removal again. */
  async refresh(): Promise<void> {
    await Promise.all([
      this.#figures.ask(this.cut),
      this.#fetchRules(),
      this.#fetchDecisions(),
      this.#fetchLastApplied(),
    ]);
  }

  /** Calls the listener when cached answers of the engine are out of date. @returns unsubscribes the listener */
  onChange(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** An image's mark, including one that the engine has not confirmed yet. */
  markOf(image: { readonly id: ImageId; readonly mark: Mark | null }): Mark | null {
    const requested = this.marks.get(image.id);
    return requested === undefined ? image.mark : requested;
  }

  /** A pair's figure in the measure that the threshold uses, as every view shows it. */
  measureText(pair: MeasuredPair): string {
    return measureText(pair, thresholdMeasure(this.#threshold), this.info.model.calibrated);
  }

  picture(image: ImageId, size: ThumbnailSide | "full"): string {
    return pictureAddress(this.info.key, image, size);
  }

  /**
   * Makes a decision. Its marks are shown at once and reverted if the engine refuses them.
   * @param marks marks that the decision sets, as far as the page knows
   * @param said what was done, for the status line; by default the engine's description
   * @returns whether the engine made the decision
   */
  decide(
    decision: Decision,
    marks: ReadonlyMap<ImageId, Mark | null> = new Map(),
    said?: string,
  ): Promise<boolean> {
    for (const [image, mark] of marks) {
      this.marks.set(image, mark);
      this.#pending.set(image, (this.#pending.get(image) ?? 0) + 1);
    }
    /** Drops the marks once the engine has answered, unless another unfinished decision marks the image. */
    const settle = () => {
      for (const image of marks.keys()) {
        const left = (this.#pending.get(image) ?? 1) - 1;
        if (left > 0) this.#pending.set(image, left);
        else {
          this.#pending.delete(image);
          this.marks.delete(image);
        }
      }
    };
    const change: Change = marks.size > 0 ? { type: "marks", marks } : { type: "other" };
    const { cut } = this;
    return this.#change(
      () => this.client.decisions.decide({ ...cut, decision }),
      change,
      (state) => said ?? state.undo ?? "Done",
      { settle },
    );
  }

  /** Whether the last removal came after the decision that an undo would revert. */
  get removalIsNext(): boolean {
    const { lastApplied, decisions, deciding } = this;
    if (!lastApplied?.restorable || !decisions || deciding > 0) return false;
    return lastApplied.decision >= decisions.latest;
  }

  undo(): Promise<boolean> {
    const what = this.decisions?.undo;
    if (this.deciding === 0 && this.decisions && what === null) {
      this.notice = { text: "Nothing to undo", tone: "done", back: null };
      return Promise.resolve(false);
    }
    return this.#change(
      () => this.client.decisions.undo(this.cut),
      { type: "other" },
      (state) => `Undone: ${state.redo ?? what ?? ""}`,
      { back: "redo" },
    );
  }

  redo(): Promise<boolean> {
    if (this.deciding === 0 && this.decisions && this.decisions.redo === null) {
      this.notice = { text: "Nothing to redo", tone: "done", back: null };
      return Promise.resolve(false);
    }
    return this.#change(
      () => this.client.decisions.redo(this.cut),
      { type: "other" },
      (state) => `Redone: ${state.undo ?? ""}`,
    );
  }

  /**
   * Imports decisions from a file, as one undo step.
   * @param replace whether they replace different decisions in the project
   */
  async importDecisions(file: Blob, replace: boolean): Promise<boolean> {
    const project = this.info.project;
    let applied = 0;
    let said = "";
    const done = await this.#change(
      async () => {
        const outcome = await this.client.decisions.import({ project, file, replace });
        applied = outcome.applied;
        said = importOutcome(outcome, replace).join(" · ");
        return { ...outcome.state, refused: 0 };
      },
      { type: "other" },
      () => said,
    );
    // Nothing was imported, so undo would revert an earlier decision.
    if (done && applied === 0) this.notice = { text: said, tone: "done", back: null };
    return done;
  }

  /** Changes the keeper rules. Marks stay as they are. */
  setRules(rules: ProjectRules): void {
    this.rules = rules;
    void this.#rulesToStore.ask(rules);
  }

  async #storeRules(rules: ProjectRules): Promise<void> {
    try {
      await this.client.keeper.setRules({ project: this.info.project, ...rules });
    } catch (error) {
      this.notice = { text: `Rules not saved: ${messageOf(error)}`, tone: "failed", back: null };
      await this.#askRules();
    }
    this.#tell({ type: "other" });
  }

  async #fetchRules(): Promise<void> {
    if (!this.#rulesToStore.busy) await this.#askRules();
  }

  async #askRules(): Promise<void> {
    try {
      this.rules = await this.client.keeper.rules({ project: this.info.project });
    } catch (error) {
      this.problem = messageOf(error);
    }
  }

  /** Call it after files were removed. */
  filesRemoved(): void {
    this.#tell({ type: "other", removed: true });
    void this.refresh();
  }

  /** Shows a new scan of the same project. What is open stays open. */
  rescanned(info: ProjectInfo): void {
    this.info = info;
    this.notice = { text: "The new scan is complete and shown.", tone: "done", back: null };
    this.reload();
  }

  /** Fetches everything again, after files were restored or the engine restarted. */
  reload(): void {
    this.#tell({ type: "other" });
    void this.refresh();
  }

  /** Runs changes one after the other, so that undo cannot overtake the change that it undoes. */
  #change(
    ask: () => Promise<DecisionState>,
    change: Change,
    say: (state: DecisionState) => string,
    { back = "undo", settle = () => {} }: { back?: "undo" | "redo"; settle?: () => void } = {},
  ): Promise<boolean> {
    this.deciding += 1;
    const done = this.#queue.then(async () => {
      try {
        const { state, survived } = await this.#surviving(ask);
        this.decisions = state;
        const kept =
          state.refused > 0
            ? ` · ${state.refused.toLocaleString("en-US")} in a protected split were kept`
            : "";
        this.notice = {
          text: say(state) + kept,
          tone: "done",
          back: state[back] === null ? null : back,
        };
        // A protected split refused some marks, so the views fetch the real ones.
        this.#tell(
          survived || state.refused > 0 || change.type === "other"
            ? { type: "other", image: state.image }
            : change,
        );
        settle();
        void this.#figures.ask(this.cut);
        return true;
      } catch (error) {
        settle();
        this.notice = {
          text: `Failed: ${messageOf(error)}`,
          tone: "failed",
          back: null,
        };
        this.#tell({ type: "other" });
        return false;
      } finally {
        this.deciding -= 1;
      }
    });
    this.#queue = done;
    return done;
  }

  /**
   * Makes a change even if the engine crashes meanwhile. The restarted engine knows whether the change was made, and makes it if not.
   */
  async #surviving(
    ask: () => Promise<DecisionState>,
  ): Promise<{ state: DecisionState; survived: boolean }> {
    const before = this.decisions?.revision;
    try {
      return { state: await ask(), survived: false };
    } catch (error) {
      const ended = error instanceof ORPCError && error.code === ENGINE_ENDED;
      if (!ended || before === undefined) throw error;
      const now = await this.client.decisions.state({ project: this.info.project });
      return { state: now.revision > before ? now : await ask(), survived: true };
    }
  }

  #tell(change: Change): void {
    for (const listener of this.#listeners) listener(change);
  }

  async #fetchFigures(cut: Cut): Promise<void> {
    try {
      this.figures = await this.client.review.figures(cut);
      this.problem = null;
    } catch (error) {
      this.problem = messageOf(error);
    }
  }

  async #fetchDecisions(): Promise<void> {
    try {
      this.decisions = await this.client.decisions.state({ project: this.info.project });
    } catch (error) {
      this.problem = messageOf(error);
    }
  }

  async #fetchLastApplied(): Promise<void> {
    try {
      this.lastApplied = await this.client.apply.last({ project: this.info.project });
    } catch (error) {
      this.problem = messageOf(error);
    }
  }
}

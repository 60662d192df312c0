import type { ApplyCounts, ApplyResult } from "../../../src-main/contract/apply.ts";
import type { CopyCounts, CopyEvent } from "../../../src-main/contract/clean-copy.ts";
import type { ParsedClusterFilter } from "../../../src-main/contract/cut.ts";
import type { PageApply } from "../../../src-main/contract/host.ts";
import type { ImageId } from "../../../src-main/contract/ids.ts";
import type { Plan, PlanOutput } from "../../../src-main/contract/plan.ts";
import { STANDARD_OUTPUT } from "../../../src-main/text/paths.ts";
import { countOf } from "../../state/format.ts";
import { saveAnswer } from "../../state/save-file.ts";
import { Throttle } from "../../state/throttle.ts";
import { messageOf, type Workspace } from "../../state/workspace.svelte.ts";
import { CleanCopy } from "./clean-copy.svelte.ts";
import { removalCount } from "./totals.ts";
import { type PlanWay, WAYS } from "./ways.ts";

/** Interval between updates of the shown results, which arrive by the hundred per second. */
const SHOW_MS = 120;

/**
 * - `plan`: choosing what to remove; `last`: confirming the undo of the last removal
 * - `check`, `apply`, `undo`: progress and result of that task
 */
export type PlanView = "plan" | "last" | "check" | "apply" | "undo";

/** Names of saved files, after the project's name. */
const FILE_NAMES: Record<PlanOutput, string> = {
  json: "plan.json",
  csv: "plan.csv",
  keepList: "keep.txt",
  removeList: "remove.txt",
};

export type PlanChoice = Omit<PageApply, "way" | "dryRun" | "only">;

/** The plan dialog's state: the choices, the plan made from them, and the task that applies it. */
export class PlanFlow {
  readonly workspace: Workspace;
  /** The review's filter; `null` if it shows all clusters. */
  readonly filter: ParsedClusterFilter | null;

  view = $state<PlanView>("plan");
  /** Whether the keeper rules apply to unmarked images. */
  withRules = $state(false);
  /** Whether the rules apply only to the filtered clusters. */
  withinFilter = $state(false);
  mayEmpty = $state.raw<readonly ImageId[]>([]);
  way = $state<PlanWay>("trash");
  readonly copy: CleanCopy;

  readonly choice: PlanChoice = $derived.by(() => ({
    ...this.workspace.cut,
    ...this.workspace.rules,
    ...(this.withRules ? {} : { kinds: [] }),
    ...(this.withinFilter && this.filter ? { filter: this.filter } : {}),
    mayEmpty: [...this.mayEmpty],
  }));
  plan = $state.raw<Plan | null>(null);
  /** Why there is no plan. */
  problem = $state.raw<string | null>(null);
  #planned = $state.raw<PlanChoice | null>(null);
  /** Whether the plan matches the current choices. */
  readonly current: boolean = $derived(this.plan !== null && this.#planned === this.choice);

  /** Number of files that the plan removes in the chosen way. */
  readonly removals: number = $derived(this.plan ? removalCount(this.plan, this.way) : 0);

  running = $state(false);
  results = $state.raw<readonly ApplyResult[]>([]);
  #expected = $state(0);
  /** Number of images in the task. A stopped apply may have finished more images than it reported, which an undo then restores. */
  readonly total: number = $derived(Math.max(this.#expected, this.results.length));
  /** Why the task ended early. */
  stopped = $state.raw<string | null>(null);
  /** Whether restored files appear in the project only after another scan. */
  rescan = $state(false);

  readonly #planning = new Throttle<PlanChoice>((choice) => this.#make(choice));
  #stop = new AbortController();

  constructor(workspace: Workspace, filter: ParsedClusterFilter | null, view: "plan" | "last") {
    this.workspace = workspace;
    this.copy = new CleanCopy(workspace.info.name);
    this.filter = filter;
    this.withinFilter = filter !== null;
    this.view = view;
  }

  /** Requests a plan for the current choices. */
  ask(): void {
    void this.#planning.ask(this.choice);
  }

  async #make(choice: PlanChoice): Promise<void> {
    try {
      this.plan = await this.workspace.client.plan.make(choice);
      this.#planned = choice;
      this.problem = null;
    } catch (error) {
      this.plan = null;
      this.problem = messageOf(error);
    }
  }

  /** Saves the shown plan, or one of its lists, as a download. */
  async save(output: PlanOutput): Promise<void> {
    const { client, info } = this.workspace;
    const choice = this.#planned;
    if (!choice) return;
    await saveAnswer(this.workspace, `${info.name}-${FILE_NAMES[output]}`, async () => {
      const parts: string[] = [];
      const request = { ...choice, outputs: { [output]: STANDARD_OUTPUT } };
      for await (const { text } of await client.plan.write(request)) parts.push(text);
      return new Blob(parts);
    });
  }

  /** Checks the planned files without changing any. */
  check(): Promise<void> {
    return this.#carryOut("check", this.#planned, this.way);
  }

  /** Removes exactly the files that the plan shows, or writes a copy without them. */
  apply(): Promise<void> {
    return this.#carryOut("apply", this.#planned, this.way);
  }

  /** Moves the files that the trash did not accept to the quarantine folder. */
  moveRefused(): Promise<void> {
    this.way = "quarantine";
    const refused = this.results.flatMap(({ image, refusedByTrash }) =>
      refusedByTrash && image !== null ? [image] : [],
    );
    return this.#carryOut("apply", this.#planned, this.way, refused);
  }

  async #carryOut(
    view: "check" | "apply",
    choice: PlanChoice | null,
    way: PlanWay,
    only = this.plan?.operations.map(({ image }) => image) ?? [],
  ): Promise<void> {
    if (!choice) return;
    if (way === "copy") return this.#writeCopy(view, choice, only);
    const done = await this.#run(view, only.length, (signal) =>
      this.workspace.client.host.apply(
        { ...choice, only, way, dryRun: view === "check" },
        { signal },
      ),
    );
    if (view === "check") return;
    this.workspace.filesRemoved();
    this.#say(`${countOf(done, "file")} ${WAYS[way].done}`);
  }

  async #writeCopy(view: "check" | "apply", choice: PlanChoice, only: ImageId[]): Promise<void> {
    const { copy } = this;
    const { folder, by } = copy;
    copy.begin();
    const request = { ...choice, only, folder: folder ?? "", by, dryRun: view === "check" };
    await this.#run(
      view,
      only.length,
      async (signal) =>
        resultsOf(await this.workspace.client.apply.copy(request, { signal }), (event) =>
          copy.take(event),
        ),
      (counts) => {
        copy.counts = counts;
      },
    );
    if (view === "apply" && copy.counts) this.#say(`Clean copy written to ${folder}`);
  }

  /** Undoes the last removal. */
  async undo(): Promise<void> {
    const { client, info, lastApplied } = this.workspace;
    const done = await this.#run("undo", lastApplied?.images ?? 0, (signal) =>
      client.apply.undo({ project: info.project }, { signal }),
    );
    this.workspace.reload();
    this.#say(`${countOf(done, "file")} restored`);
  }

  /** Runs a task and collects its results. @returns the number of images it finished */
  async #run<Counts extends ApplyCounts & { rescan?: boolean }>(
    view: "check" | "apply" | "undo",
    total: number,
    start: (signal: AbortSignal) => Promise<AsyncIterator<ApplyResult, Counts>>,
    end: (counts: Counts) => void = () => {},
  ): Promise<number> {
    this.view = view;
    this.#expected = total;
    this.results = [];
    this.stopped = null;
    this.rescan = false;
    this.running = true;
    this.#stop = new AbortController();
    const arrived: ApplyResult[] = [];
    const show = setInterval(() => {
      this.results = [...arrived];
    }, SHOW_MS);
    try {
      const answers = await start(this.#stop.signal);
      for (;;) {
        const { done, value } = await answers.next();
        if (done) {
          this.rescan = value.rescan ?? false;
          end(value);
          break;
        }
        arrived.push(value);
      }
    } catch (error) {
      this.stopped = this.#stop.signal.aborted ? this.#stoppedText : messageOf(error);
    } finally {
      clearInterval(show);
      this.results = arrived;
      this.running = false;
    }
    return arrived.filter(({ done }) => done).length;
  }

  get #stoppedText(): string {
    if (this.view === "check") return "Stopped before all files were checked.";
    if (this.view === "undo") return "Stopped before all files were restored.";
    return this.way === "copy"
      ? "Stopped. The copy is incomplete. Write it to the same folder again to start over."
      : "Stopped. You can restore the files removed so far.";
  }

  #say(text: string): void {
    this.workspace.notice = { text, tone: "done", back: null };
  }

  /** Stops before the next file. */
  stop(): void {
    this.#stop.abort();
  }
}

/** Yields the results for images that a copy leaves out and passes all other events to `other`. */
async function* resultsOf(
  events: AsyncIterator<CopyEvent, CopyCounts>,
  other: (event: Exclude<CopyEvent, { type: "result" }>) => void,
): AsyncGenerator<ApplyResult, CopyCounts> {
  for (;;) {
    const { done, value } = await events.next();
    if (done) return value;
    if (value.type === "result") yield value;
    else other(value);
  }
}

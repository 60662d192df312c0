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
import { filesThatGo } from "./totals.ts";
import { type PlanWay, WAYS } from "./ways.ts";

/** Results come by the hundred a second: shown a few times a second they are as easy to follow. */
const SHOW_MS = 120;

/**
 * - `plan`: choosing what goes; `last`: asking whether the last removal is to be taken back
 * - `check`, `apply`, `undo`: files are looked at, go, or come back, or have
 */
export type PlanView = "plan" | "last" | "check" | "apply" | "undo";

/** How files with parts of a plan are called, after the project's name. */
const FILE_NAMES: Record<PlanOutput, string> = {
  json: "plan.json",
  csv: "plan.csv",
  keepList: "keep.txt",
  removeList: "remove.txt",
};

export type PlanChoice = Omit<PageApply, "way" | "dryRun" | "only">;

/** What a person chooses of a plan, what it comes to, and what becomes of the files. */
export class PlanFlow {
  readonly workspace: Workspace;
  /** Clusters that the review shows; `null` for all. */
  readonly filter: ParsedClusterFilter | null;

  view = $state<PlanView>("plan");
  /** Whether the keeper rules choose, too. */
  withRules = $state(false);
  /** Whether the rules act on no other clusters than the filter shows. */
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
  /** Whether the plan is of what is chosen now. */
  readonly current: boolean = $derived(this.plan !== null && this.#planned === this.choice);

  /** Images that are to go. */
  readonly going: number = $derived(this.plan ? filesThatGo(this.plan, this.way) : 0);

  running = $state(false);
  results = $state.raw<readonly ApplyResult[]>([]);
  #expected = $state(0);
  /** Images that a task concerns. An apply that was stopped may have done one more than was told of it. */
  readonly total: number = $derived(Math.max(this.#expected, this.results.length));
  /** Why a task ended before its end. */
  stopped = $state.raw<string | null>(null);
  /** Files are back that the project will know after another scan only. */
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

  /** Asks for the plan of what is chosen now. */
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

  /** Saves the plan that is shown, or a list of it, where the browser puts downloads. */
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

  /** Says what would become of the files, and touches none. */
  check(): Promise<void> {
    return this.#carryOut("check", this.#planned, this.way);
  }

  /** Lets the files go that the plan shows, and no other; or writes a copy without them. */
  apply(): Promise<void> {
    return this.#carryOut("apply", this.#planned, this.way);
  }

  /** Moves what the trash did not take to the quarantine folder. */
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
    if (view === "apply" && copy.counts) this.#say(`A clean copy is in ${folder}`);
  }

  /** Takes the last removal back. */
  async undo(): Promise<void> {
    const { client, info, lastApplied } = this.workspace;
    const done = await this.#run("undo", lastApplied?.images ?? 0, (signal) =>
      client.apply.undo({ project: info.project }, { signal }),
    );
    this.workspace.askAgain();
    this.#say(`${countOf(done, "file")} put back`);
  }

  /** Follows a task to its end. @returns how many images it was done for */
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
    if (this.view === "check") return "Stopped before the end.";
    return this.way === "copy" && this.view === "apply"
      ? "Stopped. The copy is incomplete; writing it again into the same folder starts it over."
      : "Stopped before the end. What was done until then can be taken back.";
  }

  #say(text: string): void {
    this.workspace.notice = { text, tone: "done", back: null };
  }

  /** Stops before the next file. */
  stop(): void {
    this.#stop.abort();
  }
}

/** Images that a copy is without, one by one; all else that it tells goes to `other`. */
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

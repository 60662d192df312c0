import { untrack } from "svelte";
import {
  type ClusterDetail,
  ClusterFilter,
  type ClusterRow,
  type ClusterSort,
  type ParsedClusterFilter,
} from "../../../src-main/contract/cut.ts";
import type { ImageId } from "../../../src-main/contract/ids.ts";
import { preferences } from "../../state/preferences.svelte.ts";
import { Throttle } from "../../state/throttle.ts";
import { type Change, messageOf, type Workspace } from "../../state/workspace.svelte.ts";
import { type Cause, step, strongest } from "../../ui/selection.ts";
import { ClusterDetails } from "./cluster-details.ts";
import { ClusterList } from "./cluster-list.svelte.ts";
import { OpenCluster } from "./open-cluster.svelte.ts";
import { NeighborPrefetch } from "./prefetch.ts";
import { ReviewDecisions } from "./review-decisions.ts";
import { layOutTiles, type TileLayout } from "./tile-layout.ts";

export type Overlay = "compare" | "similar";

const EVERYTHING: ParsedClusterFilter = ClusterFilter.parse({});

/** What the review shows: the list of clusters, and which of them is open. Keeps both in step with cut and decisions. */
export class Review {
  readonly workspace: Workspace;
  readonly list: ClusterList;
  readonly open: OpenCluster;
  readonly decisions: ReviewDecisions;

  filter = $state.raw<ParsedClusterFilter>(EVERYTHING);
  sort = $state.raw<ClusterSort>("leaks");
  problem = $state.raw<string | null>(null);
  overlay = $state<Overlay | null>(null);
  /** Of the grid of images, in CSS pixels. */
  gridWidth = $state(720);
  gridHeight = $state(560);
  /** Goes up when the open cluster's row should scroll into view. */
  reveal = $state(0);
  /** Called before another list is shown, with the open cluster's old and new index. */
  beforeReplace: ((from: number | null, to: number | null) => void) | null = null;

  readonly filtered: boolean = $derived(JSON.stringify(this.filter) !== JSON.stringify(EVERYTHING));

  readonly #details: ClusterDetails;
  readonly #prefetch: NeighborPrefetch;
  readonly #refresh = new Throttle<void>(() => this.#fetchAll());
  /** Why the next refresh runs. */
  #cause: Cause | null = null;
  readonly #fetchOpen = new Throttle<ClusterRow>((row) => this.#fetchDetail(row));
  /** The cut of the latest refresh. */
  #refreshed: unknown = null;
  /** Goes up whenever another cluster is opened. */
  #openTicket = 0;
  /** The row of the cluster to open has not arrived; the previous cluster is still on screen. */
  #awaitsRow = false;
  /** Actions requested before the cluster's images are known, in order, so that no key press is lost. */
  #waiting: (() => void)[] = [];
  /** Files were removed since the list was fetched. */
  #removed = false;

  constructor(workspace: Workspace) {
    this.workspace = workspace;
    this.list = new ClusterList(workspace);
    this.open = new OpenCluster(workspace);
    this.decisions = new ReviewDecisions(workspace, this.open);
    this.#details = new ClusterDetails(workspace);
    this.#prefetch = new NeighborPrefetch(
      workspace,
      this.list,
      this.open,
      this.#details,
      (images) => this.layoutOf(images).side,
    );
  }

  /** Opens the cluster of an image when the first list arrives. */
  begin(image: number): void {
    this.open.focused = image as ImageId;
  }

  /** Follows the workspace's cut and decisions while the calling effect lives. */
  follow(): void {
    $effect(() => {
      const { cut } = this.workspace;
      untrack(() => {
        if (this.#refreshed === cut) return;
        const first = this.#refreshed === null;
        this.#refreshed = cut;
        if (first) void this.#renew("start");
        // While the threshold is dragged only the figures follow; the list follows when it rests.
        else void this.workspace.figuresKnown.then(() => this.#renew("cut"));
      });
    });
    $effect(() => this.workspace.onChange((change) => this.#changed(change)));
  }

  /** Shows other clusters. The open one stays open if it passes the filter. */
  show(filter: ParsedClusterFilter, sort: ClusterSort): void {
    const same = sort === this.sort && JSON.stringify(filter) === JSON.stringify(this.filter);
    if (same) return;
    this.filter = filter;
    this.sort = sort;
    void this.#renew("filter");
  }

  retry(): void {
    void this.workspace.refresh();
    void this.#renew("cut");
  }

  /** Grid layout for a cluster of this many images. */
  layoutOf(images: number): TileLayout {
    const { tileSize } = preferences;
    return layOutTiles(images, {
      width: this.gridWidth,
      height: this.gridHeight,
      tileSize,
      pixelRatio: devicePixelRatio,
    });
  }

  /** Whether a cluster is opening whose images are not known yet. */
  get opening(): boolean {
    const { row, detail, lost } = this.open;
    const awaitsDetail = row !== null && detail === null;
    return this.#awaitsRow || (awaitsDetail && this.problem === null && lost === null);
  }

  /** Runs an action on the open cluster as soon as its images are known. */
  whenOpen(run: () => void): void {
    if (this.opening || this.#waiting.length > 0) this.#waiting.push(run);
    else run();
  }

  #runWaiting(): void {
    while (!this.opening) {
      const run = this.#waiting.shift();
      if (!run) return;
      run();
    }
  }

  /** Opens the next or previous cluster, after the actions that wait for the open one. */
  move(by: number): void {
    if (this.#awaitsRow || this.#waiting.length > 0) this.#waiting.push(() => this.#moveNow(by));
    else this.#moveNow(by);
  }

  #moveNow(by: number): void {
    const { index, position } = this.open;
    const target = step(index, position, by, this.list.total ?? 0);
    if (target !== null && target !== index) void this.openAt(target);
  }

  async openAt(index: number, focus?: ImageId): Promise<void> {
    const ticket = ++this.#openTicket;
    const row = this.list.row(index) ?? (await this.#rowAt(index, ticket));
    if (ticket !== this.#openTicket) return;
    this.#awaitsRow = false;
    if (!row) {
      this.#waiting = [];
      return;
    }
    const detail = this.#details.get(row.anchor) ?? null;
    this.open.show(index, row, detail, focus);
    if (detail) {
      this.#prefetch.around(index);
      this.#runWaiting();
    } else void this.#fetchOpen.ask(row);
    this.reveal++;
    if (this.list.stale && this.filter.decided !== "any") void this.#renew("decision");
  }

  async #rowAt(index: number, ticket: number): Promise<ClusterRow | undefined> {
    this.#awaitsRow = true;
    try {
      return await this.list.fetchRow(index);
    } catch (error) {
      if (ticket === this.#openTicket) this.problem = messageOf(error);
      return undefined;
    }
  }

  async #fetchDetail(row: ClusterRow): Promise<void> {
    const { open } = this;
    try {
      const detail = await this.#details.fetch(row.anchor);
      if (open.row !== row) return;
      open.detail = detail;
      this.problem = null;
      if (!detail) open.lost = "cut";
      else if (!detail.images.some(({ id }) => id === open.focused)) {
        open.focused = detail.images[0]?.id ?? null;
      }
      if (open.index !== null) this.#prefetch.around(open.index);
      // An action meant for a cluster that no longer exists must not hit another one.
      if (!detail) this.#waiting = [];
      this.#runWaiting();
    } catch (error) {
      if (open.row !== row) return;
      this.problem = messageOf(error);
      this.#waiting = [];
    }
  }

  /** Opens the cluster of an image, wherever it is in the list. */
  openImage(image: ImageId): void {
    this.open.focused = image;
    void this.#renew("cut").then(() => {
      this.reveal++;
    });
  }

  /** Shows where undo or redo changed something, unless the image is now in no cluster. */
  async #showChanged(image: ImageId): Promise<void> {
    const ticket = this.#openTicket;
    const { cut, client } = this.workspace;
    const isOpen = this.open.images.some(({ id }) => id === image);
    if (isOpen) this.open.focused = image;
    const elsewhere =
      !isOpen && (await client.review.cluster({ ...cut, image }).catch(() => null)) !== null;
    if (elsewhere && ticket === this.#openTicket) this.openImage(image);
    else void this.#renew("decision");
  }

  #renew(cause: Cause): Promise<void> {
    this.#cause = strongest(this.#cause, cause);
    return this.#refresh.ask();
  }

  async #fetchAll(): Promise<void> {
    const cause = this.#cause ?? "cut";
    this.#cause = null;
    const { cut } = this.workspace;
    const image = this.open.focused;
    const ticket = this.#openTicket;
    this.#details.clear();
    try {
      const [fresh, detail] = await Promise.all([
        this.list.prepare({ cut, filter: this.filter, sort: this.sort }, image),
        image === null ? null : this.workspace.client.review.cluster({ ...cut, image }),
      ]);
      if (ticket !== this.#openTicket) {
        // Another cluster was opened meanwhile, and its index in the new list is unknown.
        void this.#renew(cause);
        return;
      }
      this.beforeReplace?.(this.open.index ?? this.open.position, fresh.located);
      this.list.replace(fresh);
      this.problem = null;
      this.#settle(cause, fresh.located, detail);
      this.#removed = false;
    } catch (error) {
      this.problem = messageOf(error);
    }
  }

  /** Keeps the open cluster open in the new list, or opens another one. */
  #settle(cause: Cause, located: number | null, detail: ClusterDetail | null): void {
    const { open } = this;
    const total = this.list.total ?? 0;
    if (located !== null && detail) {
      open.index = located;
      open.position = located;
      open.row = this.list.row(located) ?? null;
      open.lost = null;
      open.detail = detail;
      this.#details.set(detail);
      this.#prefetch.around(located);
      this.#runWaiting();
    } else if (open.focused === null || cause === "filter" || (cause === "start" && !detail)) {
      this.#openInstead(0);
    } else if (!detail && this.#removed) {
      // The next cluster moves up to the index of the one whose files are gone.
      this.#openInstead(Math.min(open.position, total - 1));
    } else {
      this.#waiting = [];
      open.index = null;
      open.position = Math.max(0, Math.min(open.position, total - 1));
      open.lost = detail ? "filter" : cause === "decision" ? "decision" : "cut";
      if (detail) open.detail = detail;
    }
  }

  /** Closes the open cluster and opens the one at `index`, if the list has one. */
  #openInstead(index: number): void {
    this.#waiting = [];
    this.open.close();
    if (index >= 0 && index < (this.list.total ?? 0)) void this.openAt(index);
  }

  #changed(change: Change): void {
    this.list.stale = true;
    if (change.type === "other") {
      if (change.removed) this.#removed = true;
      if (change.image != null) void this.#showChanged(change.image);
      else void this.#renew("decision");
      return;
    }
    // Answers still on their way may be from before the change.
    this.#details.epoch++;
    const { marks } = change;
    const left = new Set(marks.keys());
    const patched = (detail: ClusterDetail): ClusterDetail => ({
      ...detail,
      images: detail.images.map((image) => {
        const mark = marks.get(image.id);
        left.delete(image.id);
        return mark === undefined || image.protected ? image : { ...image, mark };
      }),
    });
    const changed = this.#details.update((detail) =>
      detail.images.some(({ id }) => marks.has(id)) ? patched(detail) : null,
    );
    for (const detail of changed) {
      if (this.open.detail?.anchor === detail.anchor) this.open.detail = detail;
      this.list.remark(detail.anchor, {
        keep: detail.images.filter(({ mark }) => mark === "keep").length,
        remove: detail.images.filter(({ mark }) => mark === "remove").length,
      });
    }
    if (this.open.detail?.images.some(({ id }) => left.has(id))) {
      this.open.detail = patched(this.open.detail);
    }
    if (left.size > 0) this.list.refetchView();
  }
}

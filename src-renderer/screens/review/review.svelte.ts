import { untrack } from "svelte";
import {
  type ClusterDetail,
  ClusterFilter,
  type ClusterRow,
  type ClusterSort,
  type Mark,
  type ParsedClusterFilter,
  type ReviewImage,
} from "../../../src-main/contract/cut.ts";
import type { ImageId } from "../../../src-main/contract/ids.ts";
import { countOf } from "../../state/format.ts";
import { preferences } from "../../state/preferences.svelte.ts";
import { Throttle } from "../../state/throttle.ts";
import { type Change, messageOf, type Workspace } from "../../state/workspace.svelte.ts";
import { type Cause, step, strongest, toggled } from "../../ui/selection.ts";
import { ClusterList } from "./cluster-list.svelte.ts";
import { PicturePrefetch } from "./picture-prefetch.ts";
import { RecentCache } from "./recent-cache.ts";
import { layOutTiles, type TileLayout } from "./tile-layout.ts";

/** Images of all cluster details held, the open one's included. */
const IMAGES_KEPT = 12_000;
const CLUSTERS_KEPT = 24;
/** Thumbnails of a neighboring cluster that are loaded before it is opened. */
const PREFETCHED_PICTURES = 24;
/** Images of the largest cluster whose details are: they are read anew whenever the threshold moves. */
const PREFETCHED_SIZE = 500;
const PREFETCHED_PLACES = [1, 2, -1] as const;

/** Why the open cluster is not in the list any more; it stays open until the person goes on. */
export type Lost = "cut" | "filter" | "decision";

export type Overlay = "compare" | "similar";

const EVERYTHING: ParsedClusterFilter = ClusterFilter.parse({});

/** What the review shows: a list of clusters, the open one, and the focused image. */
export class Review {
  readonly workspace: Workspace;
  readonly list: ClusterList;

  filter = $state.raw<ParsedClusterFilter>(EVERYTHING);
  sort = $state.raw<ClusterSort>("leaks");
  /** Place of the open cluster; `null` while none is open or it is not in the list. */
  index = $state<number | null>(null);
  /** Where the open cluster is, or was. */
  place = $state(0);
  lost = $state<Lost | null>(null);
  /** Known at once when a cluster is opened; its detail may follow. */
  row = $state.raw<ClusterRow | null>(null);
  detail = $state.raw<ClusterDetail | null>(null);
  focused = $state.raw<ImageId | null>(null);
  problem = $state.raw<string | null>(null);
  overlay = $state<Overlay | null>(null);
  /** Of the grid of images, in CSS pixels. */
  gridWidth = $state(720);
  gridHeight = $state(560);
  /** The right label of the open cluster is being typed. */
  labeling = $state(false);
  /** Goes up when the open cluster's row should be brought into view. */
  reveal = $state(0);
  /** Told before another list is shown: where the open cluster was and will be. */
  beforeReplace: ((from: number | null, to: number | null) => void) | null = null;

  readonly images: readonly ReviewImage[] = $derived(this.detail?.images ?? []);
  readonly focusedIndex: number = $derived(
    this.images.findIndex((image) => image.id === this.focused),
  );
  readonly focusedImage: ReviewImage | null = $derived(this.images[this.focusedIndex] ?? null);
  readonly matched: ReviewImage | null = $derived.by(() => {
    const other = this.focusedImage?.match?.other;
    return this.images.find((image) => image.id === other) ?? null;
  });
  /** How many of the open cluster bear which mark. */
  readonly marked: ClusterRow["marked"] = $derived.by(() => {
    const marks = this.images.map((image) => this.markOf(image));
    return {
      keep: marks.filter((mark) => mark === "keep").length,
      remove: marks.filter((mark) => mark === "remove").length,
    };
  });
  readonly filtered: boolean = $derived(JSON.stringify(this.filter) !== JSON.stringify(EVERYTHING));

  readonly #details = new RecentCache<ImageId, ClusterDetail>(IMAGES_KEPT, ({ size }) =>
    Math.max(size, IMAGES_KEPT / CLUSTERS_KEPT),
  );
  readonly #underWay = new Map<ImageId, Promise<ClusterDetail | null>>();
  readonly #pictures = new PicturePrefetch();
  readonly #refresh = new Throttle<void>(() => this.#fetchAll());
  /** Of all that the next answer is asked for. */
  #cause: Cause | null = null;
  readonly #opening = new Throttle<ClusterRow>((row) => this.#fetchOpened(row));
  /** Goes up when answers fetched before are out of date. */
  #epoch = 0;
  #refreshed: unknown = null;
  #openTicket = 0;
  /** The row of a cluster that is being opened has not come yet: what is open is still the one before. */
  #awaitsRow = false;
  /** What was asked for before the cluster that is being opened could be seen, in order: no key is lost. */
  #waiting: (() => void)[] = [];
  /** Files were removed since the list was fetched. */
  #removed = false;

  constructor(workspace: Workspace) {
    this.workspace = workspace;
    this.list = new ClusterList(workspace);
  }

  /** Opens the cluster of an image as the first one. */
  begin(image: number): void {
    this.focused = image as ImageId;
  }

  /** Follows the workspace's cut and decisions for as long as the calling effect lives. */
  follow(): void {
    $effect(() => {
      const { cut } = this.workspace;
      untrack(() => {
        if (this.#refreshed === cut) return;
        const first = this.#refreshed === null;
        this.#refreshed = cut;
        if (first) void this.#renew("start");
        // While a hand moves the threshold the figures alone follow it; the list does when it rests.
        else void this.workspace.figuresKnown.then(() => this.#renew("cut"));
      });
    });
    $effect(() => this.workspace.onChange((change) => this.#changed(change)));
  }

  /** Shows other clusters. The open one stays open where it passes. */
  show(filter: ParsedClusterFilter, sort: ClusterSort): void {
    const same = sort === this.sort && JSON.stringify(filter) === JSON.stringify(this.filter);
    if (same) return;
    this.filter = filter;
    this.sort = sort;
    void this.#renew("filter");
  }

  #renew(cause: Cause): Promise<void> {
    this.#cause = strongest(this.#cause, cause);
    return this.#refresh.ask();
  }

  retry(): void {
    void this.workspace.refresh();
    void this.#renew("cut");
  }

  markOf(image: { readonly id: ImageId; readonly mark: Mark | null }): Mark | null {
    const asked = this.workspace.marks.get(image.id);
    return asked === undefined ? image.mark : asked;
  }

  /** How the images of a cluster of this size stand in the grid. */
  layoutOf(images: number): TileLayout {
    const { tileSize } = preferences;
    return layOutTiles(images, {
      width: this.gridWidth,
      height: this.gridHeight,
      tileSize,
      pixelRatio: devicePixelRatio,
    });
  }

  /** Whether a cluster is being opened whose images are not known yet. */
  get opening(): boolean {
    const awaitsDetail = this.row !== null && this.detail === null;
    return this.#awaitsRow || (awaitsDetail && this.problem === null && this.lost === null);
  }

  /** Does something with the open cluster, as soon as its images are known. */
  whenOpen(run: () => void): void {
    if (this.opening || this.#waiting.length > 0) this.#waiting.push(run);
    else run();
  }

  #catchUp(): void {
    while (!this.opening) {
      const run = this.#waiting.shift();
      if (!run) return;
      run();
    }
  }

  /** Opens the next or previous cluster, after what was asked for the open one. */
  move(by: number): void {
    if (this.#awaitsRow || this.#waiting.length > 0) this.#waiting.push(() => this.#moveNow(by));
    else this.#moveNow(by);
  }

  #moveNow(by: number): void {
    const target = step(this.index, this.place, by, this.list.total ?? 0);
    if (target !== null && target !== this.index) void this.openAt(target);
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
    this.#show(index, row, focus);
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

  /** Opens the cluster of an image, wherever it stands in the list. */
  openImage(image: ImageId): void {
    this.focused = image;
    void this.#renew("cut").then(() => {
      this.reveal++;
    });
  }

  /** Shows where an undo or redo changed something; what stands in no cluster now has no such place. */
  async #follow(image: ImageId): Promise<void> {
    const ticket = this.#openTicket;
    const { cut, client } = this.workspace;
    const isOpen = this.images.some(({ id }) => id === image);
    if (isOpen) this.focused = image;
    const there =
      !isOpen && (await client.review.cluster({ ...cut, image }).catch(() => null)) !== null;
    if (there && ticket === this.#openTicket) this.openImage(image);
    else void this.#renew("decision");
  }

  focus(index: number): void {
    const image = this.images[index];
    if (image) this.focused = image.id;
  }

  focusBy(by: number): void {
    const last = this.images.length - 1;
    this.focus(Math.min(last, Math.max(0, this.focusedIndex + by)));
  }

  /** Marks the focused image for removal, or keeps it when it is marked so already. */
  toggle(image: ReviewImage | null = this.focusedImage): void {
    if (image) this.mark([image], toggled(this.markOf(image)));
  }

  mark(
    images: readonly { readonly id: ImageId; readonly protected: boolean }[],
    mark: Mark | null,
  ): void {
    const ids = images.map(({ id }) => id);
    if (ids.length === 0) return;
    const known = images.filter((image) => !image.protected).map(({ id }) => [id, mark] as const);
    const words = mark === null ? "unmarked" : `marked ${mark}`;
    void this.workspace.decide(
      { type: "mark", images: ids, mark },
      new Map(known),
      `${countOf(ids.length, "image")} ${words}`,
    );
  }

  keepOnly(): void {
    const image = this.focusedImage;
    if (!image || !this.detail || this.lost) return;
    void this.workspace.decide(
      { type: "keepOnly", of: { ...this.workspace.cut, image: image.id } },
      this.#keeping([image.id]),
      `Kept 1, ${countOf(this.images.length - 1, "image")} marked remove`,
    );
  }

  /** Why the keeper rules keep what they do, in a few words. */
  get bestReason(): string {
    return this.detail?.best.reason.replace(/^(all )?kept: /, "") ?? "";
  }

  keepBest(): void {
    const { detail } = this;
    if (!detail || this.lost) return;
    const { keep, reason } = detail.best;
    const rest = `${countOf(detail.size - keep.length, "image")} marked remove`;
    void this.workspace.decide(
      { type: "keepBest", of: { ...this.workspace.cut, image: detail.anchor } },
      this.#keeping(keep),
      keep.length > 0 ? `Kept the best (${reason}), ${rest}` : `Kept none (${reason}), ${rest}`,
    );
  }

  /** The focused image and its match are not duplicates of each other. */
  notDuplicates(): void {
    const image = this.focusedImage;
    if (!image?.match || this.lost) return;
    void this.workspace.decide(
      { type: "notDuplicates", a: image.id, b: image.match.other },
      undefined,
      "These two are not duplicates",
    );
  }

  clusterNotDuplicates(): void {
    if (!this.detail || this.lost) return;
    void this.workspace.decide(
      {
        type: "clusterNotDuplicates",
        of: { ...this.workspace.cut, image: this.detail.anchor },
      },
      undefined,
      `None of these ${countOf(this.detail.size, "image")} are duplicates`,
    );
  }

  /**
   * Says which label is right, or takes that back with `null`.
   * @param images by default all of the open cluster
   */
  settleLabel(label: string | null, images?: readonly ImageId[]): void {
    const { detail } = this;
    if (!detail || (!images && this.lost)) return;
    const of = { ...this.workspace.cut, image: detail.anchor };
    const what = countOf(images?.length ?? detail.size, "image");
    void this.workspace.decide(
      images ? { type: "label", images: [...images], label } : { type: "labelCluster", of, label },
      undefined,
      label === null ? `Right label of ${what} taken back` : `Right label of ${what}: ${label}`,
    );
  }

  split(): void {
    if (!this.detail || this.detail.size <= 2 || this.lost) return;
    void this.workspace.decide(
      { type: "splitCluster", of: { ...this.workspace.cut, image: this.detail.anchor } },
      undefined,
      "Split at the weakest link",
    );
  }

  /** Marks all that the filter shows. */
  bulk(mark: "keep" | "remove" | "best" | "clear"): void {
    const total = this.list.total ?? 0;
    const clusters = countOf(total, "cluster");
    const said = {
      keep: `All images of ${clusters} marked keep`,
      remove: `All images of ${clusters} marked remove`,
      best: `Kept the best of ${clusters}, the others marked remove`,
      clear: `Marks of ${clusters} cleared`,
    }[mark];
    void this.workspace.decide(
      { type: "filtered", cut: this.workspace.cut, filter: this.filter, mark },
      undefined,
      said,
    );
  }

  #keeping(keep: readonly ImageId[]): Map<ImageId, Mark> {
    return new Map(
      this.images
        .filter((image) => !image.protected)
        .map(({ id }) => [id, keep.includes(id) ? "keep" : "remove"]),
    );
  }

  #show(index: number, row: ClusterRow, focus?: ImageId): void {
    const known = this.#details.get(row.anchor);
    this.index = index;
    this.place = index;
    this.lost = null;
    this.row = row;
    this.detail = known ?? null;
    this.focused = focus ?? known?.images[0]?.id ?? row.images[0] ?? row.anchor;
    if (known) {
      this.#prefetch();
      this.#catchUp();
    } else void this.#opening.ask(row);
  }

  async #fetchOpened(row: ClusterRow): Promise<void> {
    try {
      const detail = await this.#load(row.anchor);
      if (this.row !== row) return;
      this.detail = detail;
      this.problem = null;
      if (!detail) this.lost = "cut";
      else if (!detail.images.some(({ id }) => id === this.focused)) {
        this.focused = detail.images[0]?.id ?? null;
      }
      this.#prefetch();
      // What was meant for a cluster that is no more must not hit another one.
      if (!detail) this.#waiting = [];
      this.#catchUp();
    } catch (error) {
      if (this.row !== row) return;
      this.problem = messageOf(error);
      this.#waiting = [];
    }
  }

  #load(anchor: ImageId): Promise<ClusterDetail | null> {
    const underWay = this.#underWay.get(anchor);
    if (underWay) return underWay;
    const epoch = this.#epoch;
    const loading = this.workspace.client.review
      .cluster({ ...this.workspace.cut, image: anchor })
      .then((detail) => {
        if (epoch !== this.#epoch) {
          this.#underWay.delete(anchor);
          return this.#load(anchor);
        }
        if (detail) this.#details.set(anchor, detail);
        return detail;
      })
      .finally(() => {
        if (this.#underWay.get(anchor) === loading) this.#underWay.delete(anchor);
      });
    this.#underWay.set(anchor, loading);
    return loading;
  }

  /** Has the neighbors' details and thumbnails ready before they are opened. */
  #prefetch(): void {
    const { index } = this;
    if (index === null) return;
    const epoch = this.#epoch;
    this.#pictures.clear();
    for (const by of PREFETCHED_PLACES) {
      const at = index + by;
      if (at < 0 || at >= (this.list.total ?? 0)) continue;
      void this.list
        .fetchRow(at)
        .then(async (row) => {
          if (!row || row.size > PREFETCHED_SIZE) return;
          if (epoch !== this.#epoch || this.index !== index) return;
          const detail = this.#details.get(row.anchor) ?? (await this.#load(row.anchor));
          if (this.index !== index) return;
          if (!detail) return;
          const { side } = this.layoutOf(detail.size);
          const images = detail.images.slice(0, PREFETCHED_PICTURES);
          this.#pictures.add(images.map(({ id }) => this.workspace.picture(id, side)));
        })
        // Opening it will say what is wrong.
        .catch(() => {});
    }
  }

  #forget(): void {
    this.#epoch++;
    this.#details.clear();
    this.#underWay.clear();
  }

  async #fetchAll(): Promise<void> {
    const cause = this.#cause ?? "cut";
    this.#cause = null;
    const { cut } = this.workspace;
    const image = this.focused;
    const ticket = this.#openTicket;
    this.#forget();
    try {
      const [fresh, detail] = await Promise.all([
        this.list.prepare({ cut, filter: this.filter, sort: this.sort }, image),
        image === null ? null : this.workspace.client.review.cluster({ ...cut, image }),
      ]);
      if (ticket !== this.#openTicket) {
        // Another cluster was opened meanwhile; its place in this list is not known.
        void this.#renew(cause);
        return;
      }
      const from = this.index ?? this.place;
      this.beforeReplace?.(from, fresh.located);
      this.list.replace(fresh);
      this.problem = null;
      this.#settle(cause, fresh.located, detail);
      this.#removed = false;
    } catch (error) {
      this.problem = messageOf(error);
    }
  }

  /** Keeps what was open open, or opens the first cluster. */
  #settle(cause: Cause, located: number | null, detail: ClusterDetail | null): void {
    const total = this.list.total ?? 0;
    if (located !== null && detail) {
      this.index = located;
      this.place = located;
      this.row = this.list.row(located) ?? null;
      this.lost = null;
      this.detail = detail;
      this.#details.set(detail.anchor, detail);
      this.#prefetch();
      this.#catchUp();
    } else if (this.focused === null || cause === "filter" || (cause === "start" && !detail)) {
      this.#waiting = [];
      this.#close();
      if (total > 0) void this.openAt(0);
    } else if (!detail && this.#removed) {
      // What took the place of a cluster whose files are gone.
      const at = Math.min(this.place, total - 1);
      this.#waiting = [];
      this.#close();
      if (at >= 0) void this.openAt(at);
    } else {
      this.#waiting = [];
      this.index = null;
      this.place = Math.max(0, Math.min(this.place, total - 1));
      this.lost = detail ? "filter" : cause === "decision" ? "decision" : "cut";
      if (detail) this.detail = detail;
    }
  }

  #close(): void {
    this.index = null;
    this.place = 0;
    this.row = null;
    this.detail = null;
    this.focused = null;
    this.lost = null;
  }

  #changed(change: Change): void {
    this.list.stale = true;
    if (change.type === "other") {
      if (change.removed) this.#removed = true;
      if (change.image != null) void this.#follow(change.image);
      else void this.#renew("decision");
      return;
    }
    // What is being fetched may have been answered before the change.
    this.#epoch++;
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
    for (const [anchor, detail] of this.#details.entries()) {
      if (!detail.images.some(({ id }) => marks.has(id))) continue;
      const now = patched(detail);
      this.#details.set(anchor, now);
      if (this.detail?.anchor === anchor) this.detail = now;
      this.list.remark(anchor, {
        keep: now.images.filter(({ mark }) => mark === "keep").length,
        remove: now.images.filter(({ mark }) => mark === "remove").length,
      });
    }
    if (this.detail?.images.some(({ id }) => left.has(id))) {
      this.detail = patched(this.detail);
    }
    if (left.size > 0) this.list.refetchView();
  }
}

import type { ClusterDetail, ClusterRow, ReviewImage } from "../../../src-main/contract/cut.ts";
import type { ImageId } from "../../../src-main/contract/ids.ts";
import type { Workspace } from "../../state/workspace.svelte.ts";

/** Why the open cluster is no longer in the list. It stays open until the person moves on. */
export type Lost = "cut" | "filter" | "decision";

/** The cluster that is open, and the focused image in it. */
export class OpenCluster {
  /** Index in the list; `null` while nothing is open or the cluster is not in the list. */
  index = $state<number | null>(null);
  /** Index in the list where the cluster is, or last was. */
  position = $state(0);
  lost = $state<Lost | null>(null);
  /** Known as soon as the cluster opens. Its detail may arrive later. */
  row = $state.raw<ClusterRow | null>(null);
  detail = $state.raw<ClusterDetail | null>(null);
  focused = $state.raw<ImageId | null>(null);
  /** The person is typing the right label. */
  labeling = $state(false);

  readonly images: readonly ReviewImage[] = $derived(this.detail?.images ?? []);
  readonly focusedIndex: number = $derived(
    this.images.findIndex((image) => image.id === this.focused),
  );
  readonly focusedImage: ReviewImage | null = $derived(this.images[this.focusedIndex] ?? null);
  /** The focused image's surest match. */
  readonly matched: ReviewImage | null = $derived.by(() => {
    const other = this.focusedImage?.match?.other;
    return this.images.find((image) => image.id === other) ?? null;
  });
  /** The pair where the cluster would split. */
  readonly weakest: ClusterDetail["pairs"][number] | null = $derived.by(() => {
    const { weakestLink, pairs } = this.detail ?? {};
    const [low, high] = [weakestLink?.a, weakestLink?.b].sort((a, b) => (a ?? 0) - (b ?? 0));
    return pairs?.find(({ a, b }) => Math.min(a, b) === low && Math.max(a, b) === high) ?? null;
  });
  /** Images with each mark. */
  readonly marked: ClusterRow["marked"] = $derived.by(() => {
    const marks = this.images.map((image) => this.#workspace.markOf(image));
    return {
      keep: marks.filter((mark) => mark === "keep").length,
      remove: marks.filter((mark) => mark === "remove").length,
    };
  });

  readonly #workspace: Workspace;

  constructor(workspace: Workspace) {
    this.#workspace = workspace;
  }

  /** Why the keeper rules keep what they keep, in a few words. */
  get bestReason(): string {
    return this.detail?.best.reason.replace(/^(all )?kept: /, "") ?? "";
  }

  focus(index: number): void {
    const image = this.images[index];
    if (image) this.focused = image.id;
  }

  focusBy(by: number): void {
    const last = this.images.length - 1;
    this.focus(Math.min(last, Math.max(0, this.focusedIndex + by)));
  }

  /** @param focus by default the first image */
  show(index: number, row: ClusterRow, detail: ClusterDetail | null, focus?: ImageId): void {
    this.index = index;
    this.position = index;
    this.lost = null;
    this.row = row;
    this.detail = detail;
    this.focused = focus ?? detail?.images[0]?.id ?? row.images[0] ?? row.anchor;
  }

  close(): void {
    this.index = null;
    this.position = 0;
    this.row = null;
    this.detail = null;
    this.focused = null;
    this.lost = null;
  }
}

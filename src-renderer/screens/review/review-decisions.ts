import type { Mark, ParsedClusterFilter, ReviewImage } from "../../../src-main/contract/cut.ts";
import type { Decision } from "../../../src-main/contract/decisions.ts";
import type { ImageId } from "../../../src-main/contract/ids.ts";
import { countOf } from "../../state/format.ts";
import type { Workspace } from "../../state/workspace.svelte.ts";
import { toggled } from "../../ui/selection.ts";
import type { OpenCluster } from "./open-cluster.svelte.ts";

/** Decisions about the open cluster and about all clusters of the filter. Each is one undo step. */
export class ReviewDecisions {
  readonly #workspace: Workspace;
  readonly #open: OpenCluster;

  constructor(workspace: Workspace, open: OpenCluster) {
    this.#workspace = workspace;
    this.#open = open;
  }

  /** Marks an image for removal, or keeps it when it is already marked. */
  toggle(image: ReviewImage | null = this.#open.focusedImage): void {
    if (image) this.mark([image], toggled(this.#workspace.markOf(image)));
  }

  /** @param mark `null` clears the mark */
  mark(
    images: readonly { readonly id: ImageId; readonly protected: boolean }[],
    mark: Mark | null,
  ): void {
    const ids = images.map(({ id }) => id);
    if (ids.length === 0) return;
    const known = images.filter((image) => !image.protected).map(({ id }) => [id, mark] as const);
    const words = mark === null ? "unmarked" : `marked ${mark}`;
    this.#decide(
      { type: "mark", images: ids, mark },
      `${countOf(ids.length, "image")} ${words}`,
      new Map(known),
    );
  }

  keepOnly(): void {
    const { focusedImage: image, detail, lost, images } = this.#open;
    if (!image || !detail || lost) return;
    this.#decide(
      { type: "keepOnly", of: { ...this.#workspace.cut, image: image.id } },
      `Kept 1, ${countOf(images.length - 1, "image")} marked remove`,
      this.#keeping([image.id]),
    );
  }

  keepBest(): void {
    const { detail, lost } = this.#open;
    if (!detail || lost) return;
    const { keep, remove, reason } = detail.best;
    if (keep.length + remove.length === 0) {
      this.#workspace.notice = {
        text: `Nothing to decide by the rules: ${reason}`,
        tone: "done",
        back: null,
      };
      return;
    }
    const rest = `${countOf(remove.length, "image")} marked remove`;
    const open = detail.size - keep.length - remove.length;
    const left =
      open > 0 ? `, ${countOf(open, "image")} left as ${open === 1 ? "it is" : "they are"}` : "";
    this.#decide(
      { type: "keepBest", of: { ...this.#workspace.cut, image: detail.anchor } },
      `${keep.length > 0 ? "Kept the best" : "Kept none"} (${reason}), ${rest}${left}`,
      this.#marking(keep, remove),
    );
  }

  keepAll(): void {
    this.mark(this.#open.images, "keep");
  }

  /** The focused image and its match are not duplicates of each other. */
  notDuplicates(): void {
    const { focusedImage: image, lost } = this.#open;
    if (!image?.match || lost) return;
    this.#decide(
      { type: "notDuplicates", a: image.id, b: image.match.other },
      "These two are not duplicates",
    );
  }

  clusterNotDuplicates(): void {
    const { detail, lost } = this.#open;
    if (!detail || lost) return;
    this.#decide(
      { type: "clusterNotDuplicates", of: { ...this.#workspace.cut, image: detail.anchor } },
      `None of these ${countOf(detail.size, "image")} are duplicates`,
    );
  }

  split(): void {
    const { detail, lost } = this.#open;
    if (!detail || detail.size <= 2 || lost) return;
    this.#decide(
      { type: "splitCluster", of: { ...this.#workspace.cut, image: detail.anchor } },
      "Split at the weakest link",
    );
  }

  /**
   * Records the right label.
   * @param label `null` withdraws an earlier answer
   * @param images by default all images of the open cluster
   */
  settleLabel(label: string | null, images?: readonly ImageId[]): void {
    const { detail, lost } = this.#open;
    if (!detail || (!images && lost)) return;
    const of = { ...this.#workspace.cut, image: detail.anchor };
    const what = countOf(images?.length ?? detail.size, "image");
    this.#decide(
      images ? { type: "label", images: [...images], label } : { type: "labelCluster", of, label },
      label === null ? `Right label of ${what} cleared` : `Right label of ${what}: ${label}`,
    );
  }

  /**
   * Marks the images of the clusters that pass a filter.
   * @param total number of these clusters
   * @param includeDecided whether decided images are marked too
   */
  markFiltered(
    mark: "keep" | "remove" | "best" | "clear",
    filter: ParsedClusterFilter,
    total: number,
    includeDecided: boolean,
  ): void {
    const clusters = countOf(total, "cluster");
    const said = {
      keep: `${includeDecided ? "All" : "Undecided"} images of ${clusters} marked keep`,
      remove: `${includeDecided ? "All" : "Undecided"} images of ${clusters} marked remove`,
      best: `Kept the best of ${clusters}, the others marked remove`,
      clear: `Marks of ${clusters} cleared`,
    }[mark];
    this.#decide(
      { type: "filtered", cut: this.#workspace.cut, filter, mark, includeDecided },
      said,
    );
  }

  /** @param marks what the decision does to marks, as far as the page knows */
  #decide(decision: Decision, said: string, marks?: ReadonlyMap<ImageId, Mark | null>): void {
    void this.#workspace.decide(decision, marks, said);
  }

  /** Marks of the open cluster's images. Those of protected splits cannot be marked. */
  #marking(keep: readonly ImageId[], remove: readonly ImageId[]): Map<ImageId, Mark> {
    const marks = new Map<ImageId, Mark>();
    for (const { id, protected: closed } of this.#open.images) {
      if (closed) continue;
      if (keep.includes(id)) marks.set(id, "keep");
      else if (remove.includes(id)) marks.set(id, "remove");
    }
    return marks;
  }

  /** Marks of the open cluster when only these images are kept. */
  #keeping(keep: readonly ImageId[]): Map<ImageId, Mark> {
    return new Map(
      this.#open.images
        .filter((image) => !image.protected)
        .map(({ id }) => [id, keep.includes(id) ? "keep" : "remove"]),
    );
  }
}

import { LRUCache } from "lru-cache";
import type { ClusterDetail } from "../../../src-main/contract/cut.ts";
import type { ImageId } from "../../../src-main/contract/ids.ts";
import type { Workspace } from "../../state/workspace.svelte.ts";

/** Images in all cached clusters together, including the open one. */
const IMAGES_KEPT = 12_000;
const CLUSTERS_KEPT = 24;

/** Details of clusters by their anchor image, fetched once and kept while they are in use. */
export class ClusterDetails {
  /** Goes up when answers that are still on their way are out of date. */
  epoch = 0;

  readonly #workspace: Workspace;
  readonly #cache = new LRUCache<ImageId, ClusterDetail>({
    maxSize: IMAGES_KEPT,
    // The cluster added last is kept however large it is.
    sizeCalculation: ({ size }) =>
      Math.min(IMAGES_KEPT, Math.max(size, IMAGES_KEPT / CLUSTERS_KEPT)),
  });
  readonly #fetching = new Map<ImageId, Promise<ClusterDetail | null>>();

  constructor(workspace: Workspace) {
    this.#workspace = workspace;
  }

  get(anchor: ImageId): ClusterDetail | undefined {
    return this.#cache.get(anchor);
  }

  set(detail: ClusterDetail): void {
    this.#cache.set(detail.anchor, detail);
  }

  /** @returns `null` when the image is in no cluster at the current threshold */
  fetch(anchor: ImageId): Promise<ClusterDetail | null> {
    const known = this.#fetching.get(anchor);
    if (known) return known;
    const { epoch } = this;
    const fetching = this.#workspace.client.review
      .cluster({ ...this.#workspace.cut, image: anchor })
      .then((detail) => {
        if (epoch !== this.epoch) {
          this.#fetching.delete(anchor);
          return this.fetch(anchor);
        }
        if (detail) this.set(detail);
        return detail;
      })
      .finally(() => {
        if (this.#fetching.get(anchor) === fetching) this.#fetching.delete(anchor);
      });
    this.#fetching.set(anchor, fetching);
    return fetching;
  }

  /** Replaces every cached detail that `change` changes. @returns the replaced details */
  update(change: (detail: ClusterDetail) => ClusterDetail | null): ClusterDetail[] {
    const changed = [...this.#cache.values()].flatMap((detail) => change(detail) ?? []);
    for (const detail of changed) this.set(detail);
    return changed;
  }

  clear(): void {
    this.epoch++;
    this.#cache.clear();
    this.#fetching.clear();
  }
}

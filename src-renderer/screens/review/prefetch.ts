import { LRUCache } from "lru-cache";
import type { ThumbnailSide } from "../../../src-main/contract/pictures.ts";
import type { Workspace } from "../../state/workspace.svelte.ts";
import type { ClusterDetails } from "./cluster-details.ts";
import type { ClusterList } from "./cluster-list.svelte.ts";
import type { OpenCluster } from "./open-cluster.svelte.ts";

/** Clusters to prepare, as offsets from the open one, the most likely first. */
const NEIGHBORS = [1, 2, -1] as const;
/** Larger clusters are not prepared: their details are fetched again whenever the threshold moves. */
const LARGEST_CLUSTER = 500;
/** Thumbnails loaded for each neighbor. */
const PICTURES_PER_CLUSTER = 24;

/** Fetches details and thumbnails of the clusters next to the open one, so that they open at once. */
export class NeighborPrefetch {
  readonly #workspace: Workspace;
  readonly #list: ClusterList;
  readonly #open: OpenCluster;
  readonly #details: ClusterDetails;
  readonly #sideFor: (images: number) => ThumbnailSide;
  readonly #pictures = new PicturePrefetch();

  /** @param sideFor thumbnail side for a cluster of this many images */
  constructor(
    workspace: Workspace,
    list: ClusterList,
    open: OpenCluster,
    details: ClusterDetails,
    sideFor: (images: number) => ThumbnailSide,
  ) {
    this.#workspace = workspace;
    this.#list = list;
    this.#open = open;
    this.#details = details;
    this.#sideFor = sideFor;
  }

  /** Prepares the neighbors of the open cluster, at `index`, until another one opens. */
  around(index: number): void {
    this.#pictures.clear();
    for (const offset of NEIGHBORS) {
      const neighbor = index + offset;
      if (neighbor < 0 || neighbor >= (this.#list.total ?? 0)) continue;
      // Opening the cluster will report the error.
      void this.#prepare(neighbor, index).catch(() => {});
    }
  }

  async #prepare(neighbor: number, around: number): Promise<void> {
    const { epoch } = this.#details;
    const row = await this.#list.fetchRow(neighbor);
    if (!row || row.size > LARGEST_CLUSTER) return;
    if (epoch !== this.#details.epoch || this.#open.index !== around) return;
    const detail = this.#details.get(row.anchor) ?? (await this.#details.fetch(row.anchor));
    if (!detail || this.#open.index !== around) return;
    const side = this.#sideFor(detail.size);
    const images = detail.images.slice(0, PICTURES_PER_CLUSTER);
    this.#pictures.add(images.map(({ id }) => this.#workspace.picture(id, side)));
  }
}

/** Enough thumbnails for the clusters next to the open one. */
const PICTURES_KEPT = 160;
/** A browser opens six connections to a server, and visible pictures need most of them. */
const CONCURRENT_LOADS = 2;

/** Loads and decodes pictures before they are shown. The browser caches them while their elements exist. */
class PicturePrefetch {
  readonly #elements = new LRUCache<string, HTMLImageElement>({ max: PICTURES_KEPT });
  #waiting: string[] = [];
  #loading = 0;

  /** @param addresses the most urgent first */
  add(addresses: readonly string[]): void {
    this.#waiting.push(...addresses);
    while (this.#loading < CONCURRENT_LOADS && this.#next());
  }

  /** Drops the pictures that are not loading yet. */
  clear(): void {
    this.#waiting = [];
  }

  #next(): boolean {
    const address = this.#waiting.shift();
    if (address === undefined) return false;
    if (this.#elements.get(address)) return true;
    const image = new Image();
    image.fetchPriority = "low";
    image.src = address;
    this.#elements.set(address, image);
    this.#loading++;
    void image
      .decode()
      // A picture that fails says so where it is shown.
      .catch(() => this.#elements.delete(address))
      .then(() => {
        this.#loading--;
        while (this.#loading < CONCURRENT_LOADS && this.#next());
      });
    return true;
  }
}

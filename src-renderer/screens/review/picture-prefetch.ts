import { RecentCache } from "./recent-cache.ts";

/** Thumbnails held ready: enough for the clusters next to the open one. */
const PICTURES_KEPT = 160;

/** Loads and decodes pictures before they are shown. Elements that are held keep their pictures in the browser's cache. */
export class PicturePrefetch {
  readonly #held = new RecentCache<string, HTMLImageElement>(PICTURES_KEPT);

  load(address: string): void {
    if (this.#held.get(address)) return;
    const image = new Image();
    image.src = address;
    // A picture that fails says so where it is shown.
    image.decode().catch(() => this.#held.delete(address));
    this.#held.set(address, image);
  }
}

import { RecentCache } from "./recent-cache.ts";

/** Thumbnails held ready: enough for the clusters next to the open one. */
const PICTURES_KEPT = 160;
/** At once: a browser opens six connections to a server, and what is in view needs most of them. */
const AT_ONCE = 2;

/** Loads and decodes pictures before they are shown. Elements that are held keep their pictures in the browser's cache. */
export class PicturePrefetch {
  readonly #held = new RecentCache<string, HTMLImageElement>(PICTURES_KEPT);
  #waiting: string[] = [];
  #underWay = 0;

  /** Wants these, the most urgent first. */
  add(addresses: readonly string[]): void {
    this.#waiting.push(...addresses);
    while (this.#underWay < AT_ONCE && this.#next());
  }

  /** Wants none of those that were not begun any more. */
  clear(): void {
    this.#waiting = [];
  }

  #next(): boolean {
    const address = this.#waiting.shift();
    if (address === undefined) return false;
    if (this.#held.get(address)) return true;
    const image = new Image();
    image.fetchPriority = "low";
    image.src = address;
    this.#held.set(address, image);
    this.#underWay++;
    void image
      .decode()
      // A picture that fails says so where it is shown.
      .catch(() => this.#held.delete(address))
      .then(() => {
        this.#underWay--;
        while (this.#underWay < AT_ONCE && this.#next());
      });
    return true;
  }
}

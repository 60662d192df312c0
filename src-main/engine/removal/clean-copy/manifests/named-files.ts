import { placeIn } from "../../plan/sidecar-names.ts";
import type { LeavesOut } from "./cleaned.ts";

/** The files of a data set by the names that manifests have for them. */
export class NamedFiles {
  readonly #leftOut: ReadonlySet<string>;
  readonly #places = new Set<string>();
  readonly #placesByName = new Map<string, string[]>();

  /** @param leftOut absolute places, as placeIn gives them, of the files that the copy is without */
  constructor(leftOut: ReadonlySet<string>) {
    this.#leftOut = leftOut;
  }

  /** @param place absolute, as placeIn gives it */
  add(place: string): void {
    this.#places.add(place);
    const name = nameOf(place);
    const others = this.#placesByName.get(name);
    if (others) others.push(place);
    else this.#placesByName.set(name, [place]);
  }

  /**
   * How the names in a manifest are understood: relative to its own folder, else to its split's, else as the end of a path in the split,
   * as COCO has its images in another folder than its lists.
   * @param manifest place of its file @param root its split's folder
   */
  namesIn(manifest: string, root: string): LeavesOut {
    const split = placeIn(root, "");
    const own = manifest.slice(0, -nameOf(manifest).length - 1);
    return (name) => {
      const exact = name.startsWith("/")
        ? [placeIn("/", name)]
        : [placeIn(own, name), placeIn(split, name)];
      const place = exact.find((candidate) => this.#places.has(candidate));
      if (place !== undefined) return this.#leftOut.has(place);
      const ending = placeIn("/", name);
      const found = (this.#placesByName.get(nameOf(ending)) ?? []).filter(
        (candidate) => candidate.startsWith(`${split}/`) && candidate.endsWith(ending),
      );
      return found.length === 0 ? null : found.every((candidate) => this.#leftOut.has(candidate));
    };
  }
}

function nameOf(place: string): string {
  return place.slice(place.lastIndexOf("/") + 1);
}

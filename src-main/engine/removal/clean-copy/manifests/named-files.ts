import { absolutePathText } from "../../../data/sidecar-names.ts";
import type { LeavesOut } from "./cleaned.ts";

/** Resolves the names in manifests to files of the data set. */
export class NamedFiles {
  readonly #leftOut: ReadonlySet<string>;
  readonly #paths = new Set<string>();
  readonly #pathsByName = new Map<string, string[]>();

  /** @param leftOut absolute paths of the files that the copy leaves out */
  constructor(leftOut: ReadonlySet<string>) {
    this.#leftOut = leftOut;
  }

  /** @param path absolute */
  add(path: string): void {
    this.#paths.add(path);
    const name = nameOf(path);
    const others = this.#pathsByName.get(name);
    if (others) others.push(path);
    else this.#pathsByName.set(name, [path]);
  }

  /**
   * Resolves names relative to the manifest's folder, then to its split's folder, and then as the end of a path in the split: COCO keeps
   * images and lists in different folders.
   * @param manifest absolute path of the manifest
   * @param root its split's folder
   */
  namesIn(manifest: string, root: string): LeavesOut {
    const split = absolutePathText(root, "");
    const own = manifest.slice(0, -nameOf(manifest).length - 1);
    return (name) => {
      const exact = name.startsWith("/")
        ? [absolutePathText("/", name)]
        : [absolutePathText(own, name), absolutePathText(split, name)];
      const path = exact.find((candidate) => this.#paths.has(candidate));
      if (path !== undefined) return this.#leftOut.has(path);
      const ending = absolutePathText("/", name);
      const found = (this.#pathsByName.get(nameOf(ending)) ?? []).filter(
        (candidate) => candidate.startsWith(`${split}/`) && candidate.endsWith(ending),
      );
      return found.length === 0 ? null : found.every((candidate) => this.#leftOut.has(candidate));
    };
  }
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

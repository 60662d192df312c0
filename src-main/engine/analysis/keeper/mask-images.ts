import type { ProjectView, ViewedImage } from "../../data/project-view.ts";
import { absolutePathText, sidecarNames } from "../../data/sidecar-names.ts";

type Searched = Pick<ProjectView, "splits" | "images">;

const withoutPatterns = new WeakMap<Searched, ReadonlySet<number>>();

/**
 * Images that are masks of other images. The rules never remove them: two black masks are not redundant.
 * @param patterns additional names of sidecars
 */
export function maskImages(view: Searched, patterns: readonly string[] = []): ReadonlySet<number> {
  const known = patterns.length === 0 ? withoutPatterns.get(view) : undefined;
  if (known) return known;
  const imageAt = imagesByPath(view);
  const masks = new Set<number>();
  for (const [, names] of namesByImage(view, patterns)) {
    for (const name of names) {
      const mask = imageAt.get(name);
      if (mask !== undefined) masks.add(mask);
    }
  }
  if (patterns.length === 0) withoutPatterns.set(view, masks);
  return masks;
}

/** Every image with the absolute paths of its possible sidecars. */
export function* namesByImage(
  { splits, images }: Searched,
  patterns: readonly string[],
): Generator<[image: ViewedImage, names: string[]]> {
  const roots = new Map(splits.map(({ name, root }) => [name, root]));
  for (const image of images.values()) {
    yield [image, sidecarNames(roots.get(image.split) ?? "", image.path, patterns)];
  }
}

/** Image ids by absolute path text. */
export function imagesByPath({ splits, images }: Searched): Map<string, number> {
  const roots = new Map(splits.map(({ name, root }) => [name, root]));
  return new Map(
    Array.from(images.values(), ({ id, split, path }) => [
      absolutePathText(roots.get(split) ?? "", path),
      id,
    ]),
  );
}

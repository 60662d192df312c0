import { sep } from "node:path";

/** Sidecars next to an image: YOLO, Pascal VOC, LabelMe and masks. `{folder}` and `{name}` are the image's. */
const ADJACENT = [
  "{folder}/{name}.txt",
  "{folder}/{name}.xml",
  "{folder}/{name}.json",
  "{folder}/{name}_mask.png",
];

/** Annotation folders that mirror a folder of images, and the extensions of their files. */
const PARALLEL: Readonly<
  Record<string, readonly (readonly [folder: string, endings: string[]])[]>
> = {
  images: [
    ["labels", [".txt", ".xml", ".json", ".png"]],
    ["annotations", [".xml", ".json", ".txt", ".png"]],
    ["masks", [".png", "_mask.png"]],
  ],
  JPEGImages: [
    ["Annotations", [".xml"]],
    ["SegmentationClass", [".png"]],
    ["SegmentationObject", [".png"]],
  ],
};

/**
 * The absolute paths of an image's possible sidecars, most of which do not exist.
 * @param root absolute path of the split's folder
 * @param path the image's path relative to it
 * @param patterns of the user, relative to the root
 */
export function sidecarNames(root: string, path: string, patterns: readonly string[]): string[] {
  const slash = path.lastIndexOf("/");
  const [folder, file] = [path.slice(0, Math.max(slash, 0)), path.slice(slash + 1)];
  const dot = file.lastIndexOf(".");
  const name = dot > 0 ? file.slice(0, dot) : file;
  const adjacent = [...ADJACENT, ...patterns].map((pattern) =>
    absolutePathText(
      root,
      pattern.replaceAll("{folder}", () => folder).replaceAll("{name}", () => name),
    ),
  );
  const image = absolutePathText(root, path);
  const names = [...adjacent, ...parallelNames(absolutePathText(root, folder), name)];
  return [...new Set(names)].filter((other) => other !== image);
}

/** Replaces the last folder named `images` with each of its siblings, as YOLO does. */
function parallelNames(folder: string, name: string): string[] {
  const parts = folder.split("/");
  return Object.entries(PARALLEL).flatMap(([images, siblings]) => {
    const index = parts.lastIndexOf(images);
    if (index < 0) return [];
    return siblings.flatMap(([sibling, endings]) =>
      endings.map((ending) => [...parts.with(index, sibling), `${name}${ending}`].join("/")),
    );
  });
}

/** The absolute path text of a path below a root, with slashes and without `.` and `..`. */
export function absolutePathText(root: string, path: string): string {
  const start = sep === "/" ? root : root.replaceAll(sep, "/");
  const parts: string[] = [];
  for (const part of `${start}/${path}`.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "." && part !== "") parts.push(part);
  }
  return `${/^\/*/.exec(start)?.[0] ?? ""}${parts.join("/")}`;
}

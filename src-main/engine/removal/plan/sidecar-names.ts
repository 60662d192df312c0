import { sep } from "node:path";

/** Annotations beside an image: YOLO, Pascal VOC and LabelMe, and a mask. `{folder}` and `{name}` are the image's. */
const BESIDE = [
  "{folder}/{name}.txt",
  "{folder}/{name}.xml",
  "{folder}/{name}.json",
  "{folder}/{name}_mask.png",
];

/** Folders of annotations that stand beside a folder of images and mirror it, and the endings of what lies in them. */
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
 * Absolute paths at which an image's sidecars may lie; most of them are not there.
 * @param root the split's folder, absolute
 * @param path the image's below it
 * @param patterns given by the person, relative to the root
 */
export function sidecarNames(root: string, path: string, patterns: readonly string[]): string[] {
  const slash = path.lastIndexOf("/");
  const [folder, file] = [path.slice(0, Math.max(slash, 0)), path.slice(slash + 1)];
  const dot = file.lastIndexOf(".");
  const name = dot > 0 ? file.slice(0, dot) : file;
  const beside = [...BESIDE, ...patterns].map((pattern) =>
    placeIn(
      root,
      pattern.replaceAll("{folder}", () => folder).replaceAll("{name}", () => name),
    ),
  );
  const image = placeIn(root, path);
  const names = [...beside, ...parallelNames(placeIn(root, folder), name)];
  return [...new Set(names)].filter((other) => other !== image);
}

/** As YOLO finds labels: the last folder called `images` on the way stands for its siblings. */
function parallelNames(folder: string, name: string): string[] {
  const parts = folder.split("/");
  return Object.entries(PARALLEL).flatMap(([images, siblings]) => {
    const at = parts.lastIndexOf(images);
    if (at < 0) return [];
    return siblings.flatMap(([sibling, endings]) =>
      endings.map((ending) => [...parts.with(at, sibling), `${name}${ending}`].join("/")),
    );
  });
}

/** The absolute place of a path below a root, with slashes; takes out `.` and `..`; names that are not UTF-8 stay as path-text.ts has them. */
export function placeIn(root: string, path: string): string {
  const start = sep === "/" ? root : root.replaceAll(sep, "/");
  const parts: string[] = [];
  for (const part of `${start}/${path}`.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "." && part !== "") parts.push(part);
  }
  return `${/^\/*/.exec(start)?.[0] ?? ""}${parts.join("/")}`;
}

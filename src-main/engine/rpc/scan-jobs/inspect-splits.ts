import { realpath } from "node:fs/promises";
import { resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { EngineError } from "../../../contract/errors.ts";
import type { SplitInspection } from "../../../contract/project.ts";
import type { Split } from "../../../contract/scan-request.ts";
import { pathTextFromBytes } from "../../../text/paths.ts";
import { foldersOf } from "../../../text/splits.ts";
import { linkRoots } from "../../files/link-roots.ts";
import { contains, labelOf } from "../../files/paths.ts";
import { folderUnavailable } from "../../files/system-errors.ts";
import { looksLikeImageName } from "../../scan/decode/sniff.ts";
import { walkFolders } from "../../scan/walk/walk-folders.ts";

/**
 * Counts the images that a scan of these folders would find, without reading a file. Problems with a folder are part of the result.
 * @throws the signal's reason when it is aborted
 */
export async function inspectSplits(
  splits: readonly Split[],
  signal: AbortSignal,
): Promise<SplitInspection[]> {
  const inspections: SplitInspection[] = [];
  const earlier: RealSplit[] = [];
  const follow = linkRoots({ splits });
  for (const split of splits) {
    const root = resolve(split.root);
    try {
      const real = await Promise.all(
        foldersOf({ ...split, root }).map((folder) =>
          realpath(folder).catch((cause: unknown) => {
            throw folderUnavailable(folder, cause);
          }),
        ),
      );
      const counted = await countImages({ ...split, root }, signal, follow);
      const inspected = { ...split, root, real };
      const problem = overlapWith(earlier, inspected) ?? (counted.images === 0 ? NO_IMAGES : null);
      earlier.push(inspected);
      inspections.push({ ...split, root, ...counted, problem });
    } catch (cause) {
      if (signal.aborted || !(cause instanceof EngineError)) throw cause;
      inspections.push({ ...split, root, images: 0, classes: [], problem: cause.message });
    }
  }
  return inspections;
}

interface RealSplit extends Split {
  /** Its folders without symbolic links. */
  readonly real: readonly string[];
}

const NO_IMAGES = "No file in this folder is named like an image. Choose another folder.";

async function countImages(
  split: Split,
  signal: AbortSignal,
  follow: readonly string[],
): Promise<{ images: number; classes: string[] }> {
  const { files } = await walkFolders(split, { signal, follow });
  let images = 0;
  const classes = new Set<string>();
  for (const file of files) {
    const path = pathTextFromBytes(file.path);
    if (!looksLikeImageName(path)) continue;
    images++;
    const label = labelOf(path, split.folders);
    if (label !== null) classes.add(label);
  }
  return { images, classes: [...classes].sort() };
}

/** Why a folder cannot be scanned together with the folders before it; `null` if it can. */
function overlapWith(
  earlier: readonly RealSplit[],
  { name, root, real }: RealSplit,
): string | null {
  for (const other of earlier) {
    if (other.name === name) return `Another folder is also named "${name}". Choose another name.`;
    if (isDeepStrictEqual(other.real, real)) {
      return `The folder ${root} is listed twice, so its images would be compared with themselves. Remove one.`;
    }
    const overlaps = other.real.some((theirs) =>
      real.some((own) => contains(theirs, own) || contains(own, theirs)),
    );
    if (overlaps) {
      return `Overlaps with the folder of "${other.name}" (${other.root}), so images would be compared with themselves. Choose another folder.`;
    }
  }
  return null;
}

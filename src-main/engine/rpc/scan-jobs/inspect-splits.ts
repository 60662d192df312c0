import { realpath } from "node:fs/promises";
import { resolve } from "node:path";
import { EngineError } from "../../../contract/errors.ts";
import type { SplitInspection } from "../../../contract/project.ts";
import type { Split } from "../../../contract/scan-request.ts";
import { pathTextFromBytes } from "../../../text/paths.ts";
import { contains, labelOf } from "../../files/paths.ts";
import { folderUnavailable } from "../../files/system-errors.ts";
import { looksLikeImageName } from "../../scan/decode/sniff.ts";
import { walkSplit } from "../../scan/walk/walk-split.ts";

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
  for (const { name, root } of splits) {
    const absolute = resolve(root);
    const nothing = { name, root: absolute, images: 0, classes: [] };
    try {
      const real = await realpath(absolute).catch((cause: unknown) => {
        throw folderUnavailable(absolute, cause);
      });
      const counted = await countImages(absolute, signal);
      const split = { name, root: absolute, real };
      const problem = overlapWith(earlier, split) ?? (counted.images === 0 ? NO_IMAGES : null);
      earlier.push(split);
      inspections.push({ name, root: absolute, ...counted, problem });
    } catch (cause) {
      if (signal.aborted || !(cause instanceof EngineError)) throw cause;
      inspections.push({ ...nothing, problem: cause.message });
    }
  }
  return inspections;
}

interface RealSplit extends Split {
  /** The root without symbolic links. */
  readonly real: string;
}

const NO_IMAGES = "No file in this folder is named like an image. Choose another folder.";

async function countImages(
  root: string,
  signal: AbortSignal,
): Promise<{ images: number; classes: string[] }> {
  const { files } = await walkSplit(root, signal, () => {});
  let images = 0;
  const classes = new Set<string>();
  for (const file of files) {
    const path = pathTextFromBytes(file.path);
    if (!looksLikeImageName(path)) continue;
    images++;
    const label = labelOf(path);
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
    if (other.real === real) {
      return `The folder ${root} is listed twice, so its images would be compared with themselves. Remove one.`;
    }
    if (contains(other.real, real) || contains(real, other.real)) {
      return `Overlaps with the folder of "${other.name}" (${other.root}), so images would be compared with themselves. Choose another folder.`;
    }
  }
  return null;
}

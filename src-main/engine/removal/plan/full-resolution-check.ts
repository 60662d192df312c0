import { readFile } from "node:fs/promises";
import type { EvidenceKind } from "../../../contract/evidence-kind.ts";
import { bytesFromPathText } from "../../../text/paths.ts";
import type { ProjectView, ViewedImage } from "../../data/project-view.ts";
import { absolutePath } from "../../files/paths.ts";
import { verifyPair } from "../../scan/verify/verify-pair.ts";

/** A file that a rule would remove, and the copy that stays. */
interface Pair {
  readonly image: ViewedImage;
  readonly keeper: ViewedImage;
  readonly kind: EvidenceKind;
}

/** Kinds that promise that nothing but the encoding differs. A person who names another kind accepts its difference. */
const CHECKED: ReadonlySet<EvidenceKind> = new Set(["same-pixels", "resized"]);
/** Results kept: a plan is made again after every change of its options. */
const MOST_RESULTS = 200_000;

/** Whether {@link fullResolutionCheck} compares the pixels of pairs of this kind. */
export function isCheckedAtFullResolution(kind: EvidenceKind): boolean {
  return CHECKED.has(kind);
}

/**
 * A check that reads both files of a pair and compares them at full resolution, tile by tile. It remembers results by content.
 * @returns resolves to false if a part differs or a file cannot be read
 */
export function fullResolutionCheck(): (view: ProjectView, pair: Pair) => Promise<boolean> {
  const results = new Map<string, boolean>();
  return async ({ project, splits }, { image, keeper, kind }) => {
    if (!CHECKED.has(kind)) return true;
    const [first = 0, second = 0] = [image.content, keeper.content].sort((a, b) => a - b);
    const key = `${project.file}\0${first} ${second} ${kind}`;
    const known = results.get(key);
    if (known !== undefined) return known;
    const [a, b] = [image, keeper].map(({ split, path }) => {
      const root = splits.find(({ name }) => name === split)?.root ?? "";
      return readFile(absolutePath(root, bytesFromPathText(path)));
    }) as [Promise<Buffer>, Promise<Buffer>];
    try {
      const verdict = await verifyPair(await a, await b);
      const isCopy = verdict === "same-pixels" || (kind === "resized" && verdict === "resized");
      if (results.size >= MOST_RESULTS) results.clear();
      results.set(key, isCopy);
      return isCopy;
    } catch {
      return false; // A file that cannot be read now may be readable later.
    } finally {
      await Promise.allSettled([a, b]);
    }
  };
}

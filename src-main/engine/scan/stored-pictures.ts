import { pixelDigestWriter } from "../data/contents-table.ts";
import { filesWithSharedInputs, type NodeFile } from "../data/nodes.ts";
import { storedDigest } from "./decode/stored-digest.ts";
import { rereadImages } from "./reread-images.ts";
import type { ScanRun } from "./scan-run.ts";

/** Digests what is stored in different files with the same model input: the model cannot tell them apart, but these digests can. */
export async function digestSharedInputs(run: ScanRun): Promise<void> {
  await digestStoredPictures(run, filesWithSharedInputs(run.project));
}

/** Stores the missing digests of all that files store as pictures. @returns how many were missing */
export async function digestStoredPictures(
  run: ScanRun,
  files: readonly NodeFile[],
): Promise<number> {
  const digests = pixelDigestWriter(run.project);
  const wanted = files.filter(({ content }) => digests.lacks(content));
  await rereadImages(run, wanted, async (bytes, content) => {
    const digest = await storedDigest(bytes, run.order.maxPixels);
    return () => digests.store(content, digest);
  });
  return wanted.length;
}

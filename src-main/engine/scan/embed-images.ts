import { join } from "node:path";
import { causeOf } from "../../contract/unreadable.ts";
import { pathTextFromBytes } from "../../text/paths.ts";
import { forgetStoredPictures } from "../data/contents-table.ts";
import { deleteEmbeddings, deleteEmbeddingsOfFormats } from "../data/embedded-files.ts";
import { filesToRead, type PendingFile } from "../data/files-table.ts";
import { inTransaction, type Project } from "../data/project-file.ts";
import {
  forgetScanRecord,
  readDecodeVersion,
  writeDecodeVersion,
  writeDeviceRecord,
} from "../data/settings.ts";
import { SMALL_JPEG_PIXELS } from "./decode/small-jpeg.ts";
import { type Embedder, inferenceThreads, openEmbedder } from "./embed/embedder.ts";
import type { LoadedModel } from "./embed/manifest.ts";
import { providerTrialIn } from "./embed/provider-trial.ts";
import { chooseProvider, sampleBatch } from "./embed/providers.ts";
import { embedFiles } from "./embed-files.ts";
import type { ScanRun } from "./scan-run.ts";

/** Decodes and embeds every image that the project does not have yet. @returns the number of embedded images */
export async function embedImages(run: ScanRun): Promise<number> {
  const { project, model, modelOutputs, order, threads, signal, gate, emit, onUnreadable } = run;
  forgetOldDecodes(project, model);
  const files = pendingFiles(
    project,
    modelOutputs.map(({ id }) => id),
  );
  let embedder: Embedder | undefined;
  try {
    return await embedFiles({
      project,
      files,
      input: model.manifest.input,
      maxPixels: order.maxPixels,
      modelOutputs,
      openEmbedder: async () => {
        embedder = await openOnBestDevice(run);
        return embedder;
      },
      batchSize: order.batchSize,
      threads,
      signal,
      checkpoint: gate.checkpoint,
      onUnreadable: ({ split, path }, reason) =>
        onUnreadable?.({ split, path: pathTextFromBytes(path), reason, cause: causeOf(reason) }),
      onProgress: (done, unreadable) =>
        emit({ type: "progress", stage: "embed", done, total: files.length, unreadable }),
    });
  } finally {
    // ONNX Runtime aborts a process that exits with an open session.
    await embedder?.release();
  }
}

async function openOnBestDevice(run: ScanRun): Promise<Embedder> {
  const { project, model, modelOutputs, order, threads, dataFolder, emit } = run;
  const { embedder, fallbacks } = await chooseProvider(order.device, {
    open: (device) =>
      openEmbedder(model, { device, threads: inferenceThreads(threads), modelOutputs }),
    sample: sampleBatch(model.manifest),
    trial: providerTrialIn(join(dataFolder, "devices")),
  });
  const { device } = embedder;
  writeDeviceRecord(project, model.sha256, { device, fallbacks });
  emit({ type: "device", device, fallbacks });
  return embedder;
}

/**
 * Increases when images are decoded differently. Version 1 decoded small JPEGs with sharp; version 2 laid all transparency over white,
 * clipped values beyond 8 bits, and digested only what it showed.
 */
const DECODE_VERSION = 3;
const BEFORE_TURBO = 1;
const FORMATS_WITH_MORE = ["png", "webp", "avif", "gif", "tiff", "bmp", "heic"] as const;

/** Deletes the model's embeddings of images that an earlier version decoded differently. */
function forgetOldDecodes(project: Project, { sha256, manifest: { input } }: LoadedModel): void {
  inTransaction(project, () => {
    const version = readDecodeVersion(project, sha256);
    if (version >= DECODE_VERSION) return;
    let deleted = deleteEmbeddingsOfFormats(project, sha256, FORMATS_WITH_MORE);
    if (version <= BEFORE_TURBO)
      deleted += deleteEmbeddings(project, sha256, {
        format: "jpeg",
        leastWidth: input.width,
        leastHeight: input.height,
        leastPixels: input.width * input.height + 1,
        mostPixels: SMALL_JPEG_PIXELS,
      });
    const changed = forgetStoredPictures(project, FORMATS_WITH_MORE);
    if (deleted > 0 || changed > 0) forgetScanRecord(project);
    writeDecodeVersion(project, sha256, DECODE_VERSION);
  });
}

/**
 * Files that are new or changed, were unreadable last time, or lack an embedding. Each split's files are ordered by id, the
 * order of the first walk, and spread evenly over the list, which lets leaks show up while the scan is running.
 * @param modelOutputs ids of the required model outputs
 */
export function pendingFiles(project: Project, modelOutputs: readonly number[]): PendingFile[] {
  const files = filesToRead(project, modelOutputs);
  return spreadEvenly(Map.groupBy(files, ({ split }) => split));
}

/** Interleaves the groups, keeping the order within each group. */
function spreadEvenly<T>(groups: ReadonlyMap<string, readonly T[]>): T[] {
  const placed = Array.from(groups.values()).flatMap((group) =>
    group.map((item, index) => ({ item, position: (index + 0.5) / group.length })),
  );
  // Sorting is stable: at equal positions the earlier group comes first.
  return placed.sort((x, y) => x.position - y.position).map(({ item }) => item);
}

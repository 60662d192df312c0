import { join } from "node:path";
import sharp from "sharp";
import { expect, test, vi } from "vitest";
import { modelOutputIds } from "../../src-main/engine/data/model-outputs.ts";
import { openProjectToWrite } from "../../src-main/engine/data/project-file.ts";
import type { Embedder } from "../../src-main/engine/scan/embed/embedder.ts";
import { embedFiles } from "../../src-main/engine/scan/embed-files.ts";
import { pendingFiles } from "../../src-main/engine/scan/embed-images.ts";
import { walkSplit } from "../../src-main/engine/scan/walk/walk-split.ts";
import { recordWalk } from "../../src-main/engine/scan/walk-splits.ts";
import { type Contents, folderOf } from "../support/drawn-data-set.ts";
import { freshFolder } from "../support/fresh-folder.ts";

const FILES = 600;
const BATCH_SIZE = 4;
/** What one thread has in flight, and what waits for it in batches, with some to spare. */
const MOST_BEGUN = 100;

/** One number an image: that of its first pixel. */
function embedderThatWaits(gate: Promise<void>): Embedder {
  return {
    device: "cpu",
    async run(pixels, n) {
      await gate;
      const length = pixels.length / n;
      return { first: Float32Array.from({ length: n }, (_, row) => pixels[row * length] ?? 0) };
    },
    release: async () => {},
  };
}

async function manyPictures(): Promise<string> {
  const contents: Record<string, Contents[string]> = {};
  for (let i = 0; i < FILES; i++)
    contents[`${i}.png`] = await sharp({
      create: { width: 2, height: 2, channels: 3, background: { r: i % 256, g: i >> 8, b: 9 } },
    })
      .png()
      .toBuffer();
  return folderOf(contents);
}

test("files wait for the model when it is slower than reading them", async () => {
  const root = await manyPictures();
  using project = await openProjectToWrite(join(freshFolder(), "p.twinlens"));
  const walked = await walkSplit(root, { signal: new AbortController().signal });
  recordWalk(project, [{ name: "all", root }], [walked], []);
  const [id = 0] = modelOutputIds(project, "f".repeat(64), ["first"]);
  const ready = Promise.withResolvers<void>();
  const begun = vi.fn(async () => {});
  const embedded = embedFiles({
    project,
    files: pendingFiles(project, [id]),
    input: { width: 8, height: 8, anySize: true },
    modelOutputs: [{ id, name: "first" }],
    openEmbedder: async () => embedderThatWaits(ready.promise),
    batchSize: BATCH_SIZE,
    threads: 1,
    signal: new AbortController().signal,
    checkpoint: begun,
    onUnreadable: (file, reason) => expect.unreachable(`${file.path}: ${reason}`),
    onProgress: () => {},
  });

  await vi.waitFor(() => expect(begun.mock.calls.length).toBeGreaterThan(BATCH_SIZE));
  // Until nothing moves any more.
  for (let before = -1; before !== begun.mock.calls.length; ) {
    before = begun.mock.calls.length;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  expect(begun.mock.calls.length).toBeLessThan(MOST_BEGUN);

  ready.resolve();
  expect(await embedded).toBe(FILES);
  const stored = project.database.prepare("SELECT count(*) FROM embeddings").pluck().get();
  expect(stored).toBe(FILES);
});

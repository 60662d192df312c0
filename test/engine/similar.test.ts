import { copyFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { expect, test } from "vitest";
import { ImageId } from "../../src-main/contract/ids.ts";
import type { ScanRequest } from "../../src-main/contract/scan-request.ts";
import { drawnJpeg, folderOf, pictures } from "../support/drawn-data-set.ts";
import { freshFolder } from "../support/fresh-folder.ts";
import { reportOf, runningEngine, scanWith } from "../support/running-engine.ts";

const engine = runningEngine();
const COUNT = 23;

async function scanned(request: Partial<ScanRequest> = {}) {
  const root = await folderOf({
    ...pictures("train/cat", 16),
    ...pictures("test/cat", 5, 40),
    "test/cat/copy.jpg": 3,
    "train/cat/half.jpg": await sharp(await drawnJpeg(42))
      .resize(80)
      .jpeg()
      .toBuffer(),
  });
  const project = join(freshFolder(), "p.twinlens");
  const splits = ["train", "test"].map((name) => ({ name, root: join(root, name) }));
  await scanWith(engine, { splits, project, protect: ["test"], ...request });
  return { root, project };
}

test.each([
  ["as they come", {}],
  ["reduced", { pca: 8 }],
  ["as DNIKit does", { preset: "dnikit" as const }],
])(
  "the images similar to one are its neighbors from the scan: vectors %s",
  async (_name, request) => {
    const { project } = await scanned({ neighbors: COUNT, ...request });
    const report = await reportOf(engine, project, { strategy: "cosine", cosine: -1 });
    const pairs = report.clusters.flatMap((cluster) => cluster.pairs);
    for (const { id } of report.images) {
      const similar = await engine.similar.toImage({ project, image: id, limit: COUNT });
      expect(similar.map(({ image }) => image.id).sort()).toEqual(
        report.images
          .map((image) => image.id)
          .filter((other) => other !== id)
          .sort(),
      );
      for (const { image, similarity, confidence, kind } of similar) {
        const pair = pairs.find(
          ({ a, b }) => a === Math.min(id, image.id) && b === Math.max(id, image.id),
        );
        if (pair)
          expect({ similarity, confidence, kind }).toEqual({
            similarity: pair.similarity,
            confidence: pair.confidence,
            kind: pair.kind,
          });
      }
      if (Object.keys(request).length === 0) {
        const figures = similar.map(({ similarity }) => similarity);
        expect(figures).toEqual([...figures].sort((p, q) => q - p));
      }
    }
  },
);

test("the list has the requested length, and each image has its split and path", async () => {
  const { project } = await scanned();
  const [first, ...rest] = await engine.similar.toImage({
    project,
    image: ImageId.parse(3),
    limit: 2,
  });
  expect(rest).toHaveLength(1);
  expect(first).toMatchObject({
    image: {
      split: "test",
      path: "cat/copy.jpg",
      label: "cat",
      width: 160,
      height: 120,
      protected: true,
      mark: null,
    },
    similarity: 1,
    confidence: 1,
    kind: "same-bytes",
  });
  await expect(
    engine.similar.toImage({ project, image: ImageId.parse(999), limit: 2 }),
  ).rejects.toMatchObject({ code: "USAGE" });
  await expect(
    engine.similar.toImage({ project, image: ImageId.parse(1), modelOutput: "none", limit: 2 }),
  ).rejects.toMatchObject({ code: "USAGE" });
});

test("the list has the marks of its images", async () => {
  const { project } = await scanned({ protect: [] });
  const [before] = await engine.similar.toImage({ project, image: ImageId.parse(1), limit: 1 });
  if (!before) throw new Error("Nothing is similar");
  const images = [before.image.id];
  await engine.decisions.decide({ project, decision: { type: "mark", images, mark: "keep" } });
  const [after] = await engine.similar.toImage({ project, image: ImageId.parse(1), limit: 1 });
  expect(after?.image).toEqual({ ...before.image, mark: "keep" });
});

test.each([
  ["as they come", {}],
  ["reduced", { pca: 8 }],
  ["as DNIKit does", { preset: "dnikit" as const }],
])(
  "a copy from outside the project finds its original first: vectors %s",
  async (_name, request) => {
    const { project } = await scanned(request);
    const same = new Blob([new Uint8Array(await drawnJpeg(3))]);
    const found = await engine.similar.toPicture({ project, picture: same, limit: 3 });
    expect(found.slice(0, 2).map(({ image }) => image.path)).toEqual([
      "cat/003.jpg",
      "cat/copy.jpg",
    ]);
    expect(found[0]).toMatchObject({ confidence: null, kind: null });
    expect(found[0]?.similarity).toBeCloseTo(1, 5);
    // DNIKit's columns all have the same weight. With as many columns as images, an edit outweighs the content.
    if ("preset" in request) return;
    const edited = await sharp(await drawnJpeg(7))
      .resize(120)
      .webp({ quality: 60 })
      .toBuffer();
    const [first] = await engine.similar.toPicture({
      project,
      picture: new Blob([new Uint8Array(edited)]),
      limit: 1,
    });
    expect(first?.image.path).toBe("cat/007.jpg");
  },
);

test("a file from outside that is not an image is refused with a message", async () => {
  const { project } = await scanned();
  await expect(
    engine.similar.toPicture({ project, picture: new Blob(["text"]), limit: 1 }),
  ).rejects.toMatchObject({
    code: "USAGE",
    message: "The picture cannot be read: not an image.",
  });
});

test("a model that was removed or changed since the scan is named in the error", async () => {
  const folder = freshFolder();
  const model = join(folder, "own.onnx");
  const manifest = JSON.parse(readFileSync("models/twinlens-v3-small.json", "utf8"));
  // The bundled model with an extra byte, and therefore a different digest.
  const graph = readFileSync("models/twinlens-v3-small.onnx");
  writeFileSync(model, Buffer.concat([graph, Buffer.from([0xa2, 0x06, 0x00])]));
  const { sha256: _, ...rest } = manifest;
  writeFileSync(join(folder, "own.json"), JSON.stringify({ ...rest, file: "own.onnx" }));
  const { project } = await scanned({ model });
  const ask = () =>
    runningEngine().similar.toPicture({
      project,
      picture: new Blob([readFileSync(join(folder, "a.jpg"))]),
      limit: 1,
    });
  writeFileSync(join(folder, "a.jpg"), await drawnJpeg(5));
  expect((await ask())[0]?.image.path).toBe("cat/005.jpg");
  copyFileSync("models/twinlens-v3-small.onnx", model);
  const gone = {
    code: "MODEL_INVALID",
    message: expect.stringContaining(`(${model}); put it back, or scan again.`),
  };
  await expect(ask()).rejects.toMatchObject(gone);
  rmSync(model);
  await expect(ask()).rejects.toMatchObject(gone);
});

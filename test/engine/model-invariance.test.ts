import { beforeAll, expect, test } from "vitest";
import { type Embeddings, openEmbedder } from "../../src-main/engine/scan/embed/embedder.ts";
import { type LoadedModel, loadModel } from "../../src-main/engine/scan/embed/manifest.ts";
import { chooseProvider, sampleBatch } from "../../src-main/engine/scan/embed/providers.ts";

// Reports must be the same byte for byte for any --threads and --batch-size, and after a killed scan was resumed
// with different batches. That depends on this property of ONNX Runtime's CPU kernels.

const IMAGES = 32;
let model: LoadedModel;
let pixels: Uint8Array;
let side: number;
let reference: Embeddings;

beforeAll(async () => {
  model = await loadModel();
  side = 32;
  const { input } = model.manifest;
  if (!input.anySize) side = input.height;
  pixels = Uint8Array.from({ length: IMAGES * side * side * 3 }, (_, i) => {
    const image = Math.floor(i / (side * side * 3));
    return 128 + 90 * Math.sin((i % (side * 3)) / (image + 2)) + ((i * 7919) % 37);
  });
  reference = await embed(1, IMAGES);
});

async function embed(threads: number, batchSize: number): Promise<Embeddings> {
  const modelOutputs = model.manifest.outputs;
  const embedder = await openEmbedder(model, { device: "cpu", threads, modelOutputs });
  const all: Embeddings = {};
  for (const { name, dimensions } of modelOutputs)
    all[name] = new Float32Array(IMAGES * dimensions);
  const bytes = side * side * 3;
  for (let first = 0; first < IMAGES; first += batchSize) {
    const count = Math.min(batchSize, IMAGES - first);
    const batch = pixels.slice(first * bytes, (first + count) * bytes);
    const part = await embedder.run(batch, count, side, side);
    for (const { name, dimensions } of modelOutputs)
      all[name]?.set(part[name] ?? [], first * dimensions);
  }
  await embedder.release();
  return all;
}

test.each([
  [1, 1],
  [1, 7],
  [2, 1],
  [2, 7],
  [2, 32],
  [3, 5],
])(
  "%i threads and batches of %i give the same embeddings bit for bit",
  async (threads, batchSize) => {
    expect(await embed(threads, batchSize)).toEqual(reference);
  },
);

test("the bundled model's embeddings have unit length", () => {
  for (const { name, dimensions } of model.manifest.outputs)
    for (let i = 0; i < IMAGES; i++) {
      const row = reference[name]?.subarray(i * dimensions, (i + 1) * dimensions) ?? [];
      expect(Math.hypot(...row)).toBeCloseTo(1, 5);
    }
});

test("the bundled model runs on the device that is chosen for this machine", async () => {
  const { embedder } = await chooseProvider("auto", {
    open: (device) => openEmbedder(model, { device, threads: 1 }),
    sample: sampleBatch(model.manifest),
  });
  const batch = sampleBatch(model.manifest);
  const first = model.manifest.outputs[0];
  const answer = await embedder.run(batch.pixels, batch.n, batch.height, batch.width);
  await embedder.release();
  expect(answer[first?.name ?? ""]).toHaveLength(batch.n * (first?.dimensions ?? 0));
});

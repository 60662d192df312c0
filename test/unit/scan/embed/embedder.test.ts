import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  type Embedder,
  inferenceThreads,
  openEmbedder,
} from "../../../../src-main/engine/scan/embed/embedder.ts";
import { arithmeticGraph, arithmeticManifest, writeModel } from "../../../support/models.ts";

/** Three images of 2 x 2 RGB pixels. */
const pixels = Uint8Array.from({ length: 36 }, (_, i) => (i * 37 + 11) % 256);
const image = (i: number) => Array.from(pixels.subarray(i * 12, i * 12 + 12));
const byChannel = (values: number[]) =>
  [0, 1, 2].map((channel) => values.filter((_, i) => i % 3 === channel));

let folder: string;
let embedder: Embedder | undefined;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "twinlens-embedder-"));
});
afterEach(async () => {
  await embedder?.release();
  embedder = undefined;
  rmSync(folder, { recursive: true });
});

async function open(
  input: Parameters<typeof arithmeticManifest>[0],
  changes: Parameters<typeof arithmeticManifest>[1] = {},
  batch?: number,
) {
  const manifest = arithmeticManifest(input, changes);
  const graph = arithmeticGraph({ ...manifest.input, ...(batch === undefined ? {} : { batch }) });
  const model = writeModel(folder, manifest, graph);
  embedder = await openEmbedder(model, {
    device: "cpu",
    threads: 1,
    modelOutputs: manifest.outputs,
  });
  return embedder;
}

function unit(values: number[]): number[] {
  const norm = Math.hypot(...values);
  return values.map((value) => value / norm);
}

function expectClose(actual: Float32Array | undefined, expected: number[]) {
  expect(actual).toHaveLength(expected.length);
  expected.forEach((value, i) => {
    expect(actual?.[i]).toBeCloseTo(value, 6);
  });
}

describe("embedding", () => {
  test("passes uint8 NHWC pixels unchanged and returns unit vectors", async () => {
    const { flat, sums } = await (await open({})).run(pixels, 3, 2, 2);
    expectClose(
      flat,
      [0, 1, 2].flatMap((i) => unit(image(i))),
    );
    const sum = (values: number[]) => values.reduce((a, b) => a + b);
    expectClose(
      sums,
      [0, 1, 2].flatMap((i) => unit(byChannel(image(i)).map(sum))),
    );
  });

  test("passes float32 NCHW as (value / 255 - mean) / std per channel", async () => {
    const [mean, std] = [[0.485, 0.456, 0.406] as const, [0.229, 0.224, 0.225] as const];
    const input = { layout: "NCHW", type: "float32", mean: [...mean], std: [...std] } as const;
    const { flat } = await (await open({ ...input, mean: [...mean], std: [...std] })).run(
      pixels,
      3,
      2,
      2,
    );
    const normalized = (i: number) =>
      byChannel(image(i)).flatMap((values, channel) =>
        values.map((value) => (value / 255 - (mean[channel] ?? 0)) / (std[channel] ?? 1)),
      );
    expectClose(
      flat,
      [0, 1, 2].flatMap((i) => unit(normalized(i))),
    );
  });

  test("supports uint8 NCHW and float32 NHWC as well", async () => {
    const planar = await (await open({ layout: "NCHW" })).run(pixels, 3, 2, 2);
    expectClose(
      planar.flat,
      [0, 1, 2].flatMap((i) => unit(byChannel(image(i)).flat())),
    );
    await embedder?.release();
    const float = await (await open({ type: "float32" })).run(pixels, 3, 2, 2);
    expectClose(
      float.flat,
      [0, 1, 2].flatMap((i) => unit(image(i))),
    );
  });

  test("splits any number of images for a graph with a fixed batch size", async () => {
    const { flat } = await (await open({}, {}, 2)).run(pixels, 3, 2, 2);
    expectClose(
      flat,
      [0, 1, 2].flatMap((i) => unit(image(i))),
    );
  });

  test("returns output that the next batch does not overwrite", async () => {
    const { run } = await open({});
    const first = await run(pixels.slice(0, 12), 1, 2, 2);
    const kept = first.flat?.slice();
    await run(pixels.slice(12, 24), 1, 2, 2);
    expect(first.flat).toEqual(kept);
  });

  test("leaves a row of zeros unchanged", async () => {
    const { sums } = await (await open({})).run(new Uint8Array(12), 1, 2, 2);
    expect(sums).toEqual(new Float32Array(3));
  });

  test("refuses numbers that are not finite, naming the output", async () => {
    const { run } = await open({ type: "float32", std: [0, 1, 1] });
    await expect(run(pixels, 3, 2, 2)).rejects.toThrow(
      /arithmetic\.onnx: flat has numbers that are not finite/,
    );
  });

  test("refuses pixels of a different size", async () => {
    const { run } = await open({});
    await expect(run(pixels, 2, 2, 2)).rejects.toThrow("Expected 2 x 2 x 2 x 3 bytes");
    await expect(run(pixels, 1, 3, 4)).rejects.toThrow("Expected images of 2 x 2");
  });

  test("accepts other sizes if the model does", async () => {
    const outputs = [{ name: "sums", dimensions: 3 }];
    const { sums } = await (await open({ anySize: true }, { outputs })).run(pixels, 1, 3, 4);
    expect(sums).toHaveLength(3);
  });

  test("refuses a manifest that does not match its graph", async () => {
    await expect(open({ name: "pixels" })).rejects.toThrow(/no input "pixels": .* one of image\./);
    const outputs = [{ name: "logits", dimensions: 3 }];
    await expect(open({}, { outputs })).rejects.toThrow(
      /no output "logits": .* one of flat, sums\./,
    );
    const { run } = await open({}, { outputs: [{ name: "sums", dimensions: 4 }] });
    await expect(run(pixels, 3, 2, 2)).rejects.toThrow(/"sums" .* is float32 \[3, 3\], not 12/);
  });

  test("reports ONNX Runtime's error for a file that is not a model", async () => {
    const model = writeModel(folder, arithmeticManifest(), {
      inputs: [],
      outputs: [],
      nodes: [{ op: "NoSuchOperator", inputs: [], outputs: ["x"] }],
    });
    await expect(openEmbedder(model, { device: "cpu", threads: 1 })).rejects.toThrow(
      /ONNX Runtime cannot open .*arithmetic\.onnx on cpu: .*NoSuchOperator/,
    );
  });
});

test("inference uses few threads, which leaves the others for decoding", () => {
  expect([1, 2, 4, 7, 8, 16].map(inferenceThreads)).toEqual([1, 1, 1, 1, 2, 4]);
});

import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import path from "node:path";
import type { z } from "zod";
import { ModelManifest } from "../../src-main/contract/model-manifest.ts";
import type { LoadedModel } from "../../src-main/engine/scan/embed/manifest.ts";
import { encodeOnnx, type OnnxGraph } from "../../src-main/engine/vectors/onnx-graph.ts";

type InputLayout = { layout: "NHWC" | "NCHW"; type: "uint8" | "float32"; batch?: number };

/**
 * A model whose outputs are easy to compute by hand: `flat`, the input itself (2 x 2 pixels, 12 numbers, in the order
 * of its layout), and `sums`, the sum per channel.
 */
export function arithmeticGraph({ layout, type, batch }: InputLayout): OnnxGraph {
  const n = batch ?? "n";
  const pixelAxes = layout === "NHWC" ? [1, 2] : [2, 3];
  return {
    inputs: [
      { name: "image", type, shape: layout === "NHWC" ? [n, "h", "w", 3] : [n, 3, "h", "w"] },
    ],
    outputs: [
      { name: "flat", type: "float32", shape: [n, 12] },
      { name: "sums", type: "float32", shape: [n, 3] },
    ],
    initializers: [{ name: "axes", shape: [2], data: BigInt64Array.from(pixelAxes, BigInt) }],
    nodes: [
      { op: "Cast", inputs: ["image"], outputs: ["values"], attributes: { to: { int: 1 } } },
      { op: "Flatten", inputs: ["values"], outputs: ["flat"] },
      {
        op: "ReduceSum",
        inputs: ["values", "axes"],
        outputs: ["sums"],
        attributes: { keepdims: { int: 0 } },
      },
    ],
  };
}

/** A manifest for {@link arithmeticGraph}; `changes` replace its fields. */
export function arithmeticManifest(
  input: Partial<z.input<typeof ModelManifest>["input"]> = {},
  changes: Partial<z.input<typeof ModelManifest>> = {},
): ModelManifest {
  return ModelManifest.parse({
    schema: "twinlens.model/1",
    name: "arithmetic",
    file: "arithmetic.onnx",
    input: { name: "image", layout: "NHWC", type: "uint8", width: 2, height: 2, ...input },
    outputs: [
      { name: "flat", dimensions: 12 },
      { name: "sums", dimensions: 3 },
    ],
    ...changes,
  });
}

/** Writes a graph and its manifest into a folder. */
export function writeModel(folder: string, manifest: ModelManifest, graph: OnnxGraph): LoadedModel {
  const bytes = encodeOnnx(graph);
  const file = path.join(folder, manifest.file);
  writeFileSync(file, bytes);
  writeFileSync(file.replace(/\.onnx$/, ".json"), JSON.stringify(manifest));
  return { file, sha256: createHash("sha256").update(bytes).digest("hex"), manifest };
}

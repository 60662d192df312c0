import { InferenceSession, Tensor } from "onnxruntime-node";
import { expect, test } from "vitest";
import { encodeOnnx } from "../../../src-main/engine/vectors/onnx-graph.ts";

test("a graph with every kind of attribute, constant and dimension runs in ONNX Runtime", async () => {
  const graph = encodeOnnx({
    inputs: [{ name: "x", type: "float32", shape: ["n", 2] }],
    outputs: [{ name: "y", type: "float32", shape: [2, "n"] }],
    initializers: [
      { name: "slope", shape: [2], data: Float32Array.of(10, 100) },
      { name: "axes", shape: [1], data: BigInt64Array.of(0n) },
    ],
    nodes: [
      { op: "Mul", inputs: ["x", "slope"], outputs: ["scaled"] },
      {
        op: "LeakyRelu",
        inputs: ["scaled"],
        outputs: ["bent"],
        attributes: { alpha: { float: 0.5 } },
      },
      {
        op: "Transpose",
        inputs: ["bent"],
        outputs: ["turned"],
        attributes: { perm: { ints: [1, 0] } },
      },
      { op: "Unsqueeze", inputs: ["turned", "axes"], outputs: ["deeper"] },
      { op: "Flatten", inputs: ["deeper"], outputs: ["y"], attributes: { axis: { int: 2 } } },
    ],
  });
  const session = await InferenceSession.create(graph);
  const { y } = await session.run({ x: new Tensor("float32", [1, -1, 2, 3], [2, 2]) });
  await session.release();
  expect(y?.dims).toEqual([2, 2]);
  expect(Array.from(y?.data as Float32Array)).toEqual([10, 20, -50, 300]);
  expect(session.inputMetadata[0]).toMatchObject({ name: "x", shape: ["n", 2] });
});

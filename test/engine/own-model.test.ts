import { createHash } from "node:crypto";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import type { ScanEvent } from "../../src-main/contract/contract.ts";
import { folderOf } from "../support/drawn-data-set.ts";
import { freshFolder } from "../support/fresh-folder.ts";
import { arithmeticGraph, arithmeticManifest, writeModel } from "../support/models.ts";
import { reportOf, runningEngine, scanWith } from "../support/running-engine.ts";

const engine = runningEngine();

/** A single-color image, which the arithmetic model turns into that color's direction. */
const plain = (background: string) =>
  sharp({ create: { width: 8, height: 8, channels: 3, background } })
    .png()
    .toBuffer();

/** Red images and a green one. Only the color decides which are similar. */
async function colors(): Promise<string> {
  return await folderOf({
    "bright-red.png": await plain("#c80a0a"),
    "dark-red.png": await plain("#640505"),
    "green.png": await plain("#0ac80a"),
  });
}

async function scanBy(model: string, modelOutputs: string[] = []) {
  const project = join(freshFolder(), "p.twinlens");
  const events: ScanEvent[] = [];
  await scanWith(
    engine,
    { splits: [{ name: "all", root: await colors() }], project, model, modelOutputs },
    { onEvent: (event) => events.push(event) },
  );
  const report = await reportOf(engine, project, { strategy: "cosine", cosine: 0.99 });
  const pathOf = new Map(report.images.map(({ id, path }) => [id, path]));
  const clusters = report.clusters.map(({ response, images }) => ({
    response,
    images: images.map((id) => pathOf.get(id)).sort(),
  }));
  return { report, clusters, events };
}

describe("a scan with a custom ONNX file", () => {
  test.each([
    { layout: "NHWC", type: "uint8" },
    { layout: "NCHW", type: "float32" },
  ] as const)("uses its graph's output ($type, $layout)", async (input) => {
    const { file, sha256 } = writeModel(
      freshFolder(),
      arithmeticManifest(input),
      arithmeticGraph(input),
    );
    const { report, clusters } = await scanBy(file);
    expect(report.model).toMatchObject({ name: "arithmetic", sha256, dimensions: 12 });
    expect(clusters).toEqual([{ response: "flat", images: ["bright-red.png", "dark-red.png"] }]);
    expect(report.clusters[0]?.pairs[0]?.similarity).toBeCloseTo(1, 4);
  });

  test("makes separate clusters for each of its outputs with --output-name all", async () => {
    const { file } = writeModel(
      freshFolder(),
      arithmeticManifest(),
      arithmeticGraph({ layout: "NHWC", type: "uint8" }),
    );
    const reds = ["bright-red.png", "dark-red.png"];
    const all = await scanBy(file, ["all"]);
    expect(all.clusters.sort((a, b) => (a.response < b.response ? -1 : 1))).toEqual([
      { response: "flat", images: reds },
      { response: "sums", images: reds },
    ]);
    expect((await scanBy(file, ["sums"])).clusters).toEqual([{ response: "sums", images: reds }]);
  });

  test("warns that confidence is only approximate without a calibration", async () => {
    const { file } = writeModel(
      freshFolder(),
      arithmeticManifest(),
      arithmeticGraph({ layout: "NHWC", type: "uint8" }),
    );
    const { events } = await scanBy(file);
    expect(events).toContainEqual({
      type: "warning",
      message: expect.stringMatching(/arithmetic has no calibration/),
    });
  });
});

describe("an unusable ONNX file is refused in one line", () => {
  async function refusal(model: string): Promise<unknown> {
    return await scanBy(model).then(
      () => "none",
      (cause) => cause,
    );
  }
  const graph = arithmeticGraph({ layout: "NHWC", type: "uint8" });

  test("if it has no manifest", async () => {
    const { file } = writeModel(freshFolder(), arithmeticManifest(), graph);
    rmSync(file.replace(/onnx$/, "json"));
    expect(await refusal(file)).toMatchObject({
      code: "MODEL_INVALID",
      message: expect.stringMatching(/arithmetic\.onnx has no manifest: write .*arithmetic\.json/),
    });
  });

  test("if it does not exist", async () => {
    const file = join(freshFolder(), "none.onnx");
    expect(await refusal(file)).toMatchObject({
      code: "MODEL_INVALID",
      message: `There is no model at ${file}: check the path.`,
    });
  });

  test("if its manifest does not match the schema", async () => {
    const { file } = writeModel(freshFolder(), arithmeticManifest(), graph);
    writeFileSync(file.replace(/onnx$/, "json"), JSON.stringify({ schema: "twinlens.model/1" }));
    const cause = await refusal(file);
    expect(cause).toMatchObject({ code: "MODEL_INVALID" });
    expect((cause as Error).message).toMatch(/does not follow twinlens\.model\/1/);
    expect((cause as Error).message).not.toContain("\n");
  });

  test("if it is not the graph that the manifest describes", async () => {
    const sha256 = createHash("sha256").update("another").digest("hex");
    const { file } = writeModel(freshFolder(), arithmeticManifest({}, { sha256 }), graph);
    expect(await refusal(file)).toMatchObject({
      code: "MODEL_INVALID",
      message: expect.stringMatching(/is not the model that .*arithmetic\.json describes/),
    });
  });

  test("if it is not an ONNX graph", async () => {
    const folder = freshFolder();
    const { file } = writeModel(folder, arithmeticManifest(), graph);
    writeFileSync(file, "not a graph");
    const cause = await refusal(file);
    expect(cause).toMatchObject({ code: "MODEL_INVALID" });
    expect((cause as Error).message).not.toContain("\n");
  });

  test("if its output has other dimensions than in the manifest", async () => {
    const outputs = [{ name: "flat", dimensions: 5 }];
    const { file } = writeModel(freshFolder(), arithmeticManifest({}, { outputs }), graph);
    expect(await refusal(file)).toMatchObject({
      code: "MODEL_INVALID",
      message: expect.stringMatching(/"flat" .* is float32 \[3, 12\]/),
    });
  });

  test("if it is a folder", async () => {
    const folder = join(freshFolder(), "folder.onnx");
    mkdirSync(folder);
    writeFileSync(
      folder.replace(/onnx$/, "json"),
      JSON.stringify({ ...arithmeticManifest(), file: "folder.onnx" }),
    );
    expect(await refusal(folder)).toMatchObject({ code: "MODEL_INVALID" });
  });
});

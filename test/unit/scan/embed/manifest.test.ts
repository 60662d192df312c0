import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { EngineError } from "../../../../src-main/contract/errors.ts";
import { loadModel, selectOutputs } from "../../../../src-main/engine/scan/embed/manifest.ts";
import { arithmeticGraph, arithmeticManifest, writeModel } from "../../../support/models.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "twinlens-model-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const graph = arithmeticGraph({ layout: "NHWC", type: "uint8" });

describe("loading a model", () => {
  test("by file finds the manifest next to it and uses the graph's digest as its identity", async () => {
    const written = writeModel(folder, arithmeticManifest(), graph);
    expect(await loadModel(written.file)).toEqual(written);
  });

  test("without a name gives the bundled model", async () => {
    const model = await loadModel();
    expect(model.manifest.name).toBe("twinlens-v3-small");
    expect(path.isAbsolute(model.file)).toBe(true);
    expect(await loadModel("twinlens-v3-small")).toEqual(model);
  });

  test("checks the digest if the manifest has one", async () => {
    const { file, sha256 } = writeModel(folder, arithmeticManifest(), graph);
    writeModel(folder, arithmeticManifest({}, { sha256 }), graph);
    expect((await loadModel(file)).sha256).toBe(sha256);
    writeModel(folder, arithmeticManifest({}, { sha256: "0".repeat(64) }), graph);
    await expectRefusal(loadModel(file), /is not the model that .* describes .* expected 0{64}/);
  });

  test("lists the bundled models if the name is unknown", async () => {
    await expectRefusal(
      loadModel("resnet"),
      /no bundled model "resnet": choose from twinlens-v3-small/,
    );
  });

  test("reports which file is missing or of the wrong kind", async () => {
    const { file } = writeModel(folder, arithmeticManifest(), graph);
    await expectRefusal(
      loadModel(path.join(folder, "other.onnx")),
      /There is no model at .*other\.onnx/,
    );
    await expectRefusal(
      loadModel(path.join(folder, "arithmetic.json")),
      /give a file that ends in \.onnx/,
    );
    rmSync(file.replace(".onnx", ".json"));
    await expectRefusal(loadModel(file), /has no manifest: write .*arithmetic\.json/);
    writeModel(folder, arithmeticManifest({}, { file: "moved.onnx" }), graph);
    rmSync(path.join(folder, "moved.onnx"));
    writeFileSync(
      file.replace(".onnx", ".json"),
      JSON.stringify(arithmeticManifest({}, { file: "moved.onnx" })),
    );
    await expectRefusal(loadModel(file), /Cannot read the model .*moved\.onnx/);
  });

  test("reports the invalid field of a manifest", async () => {
    const { file } = writeModel(folder, arithmeticManifest(), graph);
    const manifestFile = file.replace(".onnx", ".json");
    writeFileSync(manifestFile, JSON.stringify({ ...arithmeticManifest(), outputs: [] }));
    await expectRefusal(loadModel(file), /does not follow twinlens\.model\/1.*outputs/);
    writeFileSync(manifestFile, "{");
    await expectRefusal(loadModel(file), /not readable JSON/);
  });
});

describe("selecting model outputs", () => {
  const manifest = arithmeticManifest();
  const names = (asked: string[]) => selectOutputs(manifest, asked).map(({ name }) => name);

  test("gives the first output by default", () => {
    expect(names([])).toEqual(["flat"]);
  });

  test("gives the requested outputs in the manifest's order, each once", () => {
    expect(names(["sums", "flat", "sums"])).toEqual(["flat", "sums"]);
    expect(names(["all"])).toEqual(["flat", "sums"]);
  });

  test("refuses an output that the model does not have", () => {
    expect(() => names(["all", "logits"])).toThrow(
      'The model arithmetic has no output "logits": choose from flat, sums or all.',
    );
  });
});

async function expectRefusal(loading: Promise<unknown>, message: RegExp) {
  const error = await loading.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(EngineError);
  expect(error).toMatchObject({ code: "MODEL_INVALID", message: expect.stringMatching(message) });
}

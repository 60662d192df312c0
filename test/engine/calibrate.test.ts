import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { CalibrateRequest, CalibrateResult } from "../../src-main/contract/calibrate.ts";
import type { ScanEvent } from "../../src-main/contract/contract.ts";
import { makeDemo } from "../../src-main/engine/demo/demo.ts";
import { loadModel } from "../../src-main/engine/scan/embed/manifest.ts";
import { folderOf, pictures } from "../support/drawn-data-set.ts";
import { freshFolder } from "../support/fresh-folder.ts";
import { reportOf, runningEngine, scanWith } from "../support/running-engine.ts";

const dataFolder = freshFolder();
const engine = runningEngine(dataFolder);

/** The bundled graph as a custom model: without a calibration, with an additional field in the manifest. */
async function ownModel(): Promise<{ file: string; manifest: string; text: string }> {
  const { file: bundled, manifest: bundledManifest } = await loadModel();
  const folder = freshFolder();
  const file = join(folder, "own.onnx");
  const manifest = join(folder, "own.json");
  writeFileSync(file, readFileSync(bundled));
  const { input, outputs } = bundledManifest;
  const own = { schema: "twinlens.model/1", name: "own", file: "own.onnx", input, outputs };
  const text = JSON.stringify({ ...own, exportedBy: "me" });
  writeFileSync(manifest, text);
  return { file, manifest, text };
}

async function calibrate(request: CalibrateRequest): Promise<CalibrateResult> {
  const events = await engine.calibrate({ device: "cpu", ...request });
  for (;;) {
    const { done, value } = await events.next();
    if (done) return value;
    expect(value.type).not.toBe("warning");
  }
}

const refused = (request: CalibrateRequest) =>
  calibrate(request).then(
    () => null,
    (cause: { code: string; message: string }) => cause,
  );

test("a custom model can be calibrated on the user's images, and scans with it report that", async () => {
  const { splits } = await makeDemo(join(freshFolder(), "demo"), { images: 60 });
  const named = Object.entries(splits).map(([name, root]) => ({ name, root }));
  const { file, manifest, text } = await ownModel();
  const result = await calibrate({ model: file, splits: named });
  expect(result).toMatchObject({ manifest, backup: `${manifest}.backup` });
  expect(result.modelOutputs.map(({ name }) => name)).toEqual(["embedding", "features"]);
  const [embedding] = result.modelOutputs;
  expect(embedding?.found).toBeGreaterThan((embedding?.duplicates ?? 0) / 2);
  expect(embedding?.mistaken).toBeLessThan((embedding?.found ?? 0) / 10);

  expect(readFileSync(`${manifest}.backup`, "utf8")).toBe(text);
  const written = JSON.parse(readFileSync(manifest, "utf8"));
  expect(written).toMatchObject({ ...JSON.parse(text), sha256: (await loadModel()).sha256 });
  expect(Object.keys(written.calibration)).toEqual(["embedding", "features"]);
  expect(readdirSync(dataFolder).filter((name) => name.startsWith("calibrate-"))).toEqual([]);

  const events: ScanEvent[] = [];
  const project = join(freshFolder(), "p.twinlens");
  await scanWith(
    engine,
    { splits: named, project, model: file },
    { onEvent: (event) => events.push(event) },
  );
  expect(events.filter(({ type }) => type === "warning")).toEqual([]);
  const { leaks } = await reportOf(engine, project);
  expect(
    leaks.find(({ from, into }) => from === "test" && into === "train")?.images,
  ).toBeGreaterThan(3);

  // The same images, taken from the project's folders, give the same coefficients in a separate file.
  const out = join(freshFolder(), "again.json");
  const again = await calibrate({ model: file, project, out });
  expect(again).toMatchObject({ manifest: out, backup: null, modelOutputs: result.modelOutputs });
  expect(JSON.parse(readFileSync(out, "utf8")).calibration).toEqual(written.calibration);
});

test("nothing is overwritten, and invalid requests are refused before any work", async () => {
  const { file, manifest, text } = await ownModel();
  const root = await folderOf(pictures("cat", 6));
  const splits = [{ name: "all", root }];
  expect(await refused({ model: file, splits })).toMatchObject({
    code: "USAGE",
    message:
      "Only 6 images are readable, but calibration needs at least 50. Choose folders with more images.",
  });
  expect(await refused({ model: file, splits, out: manifest })).toMatchObject({
    code: "USAGE",
    message: expect.stringMatching(/own\.json already exists/),
  });
  expect(await refused({ model: "twinlens-v3-small", splits })).toMatchObject({
    code: "USAGE",
    message: expect.stringMatching(/is already calibrated/),
  });
  expect(await refused({ model: file })).toMatchObject({ code: "USAGE" });
  expect(readFileSync(manifest, "utf8")).toBe(text);
  expect(existsSync(`${manifest}.backup`)).toBe(false);
});

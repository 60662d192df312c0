import { truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import type { Split } from "../../src-main/contract/scan-request.ts";
import { loadModel } from "../../src-main/engine/scan/embed/manifest.ts";
import { folderOf, pictures } from "../support/drawn-data-set.ts";
import { freshFolder } from "../support/fresh-folder.ts";
import { runningEngine, scanWith } from "../support/running-engine.ts";

const engine = runningEngine();
let project: string;

beforeAll(async () => {
  const root = await folderOf({ ...pictures("train", 3), "train/copy.jpg": 1 });
  const splits: Split[] = [{ name: "train", root: join(root, "train") }];
  project = join(freshFolder(), "p.twinlens");
  await scanWith(engine, { splits, project });
});

const NESTED = `{"marks":${"[".repeat(1_000_000)}`;

function file(name: string, text: string, bytes?: number): string {
  const path = join(freshFolder(), name);
  writeFileSync(path, text);
  if (bytes !== undefined) truncateSync(path, bytes);
  return path;
}

describe("a decisions file", () => {
  test.each([
    ["nested deeply", NESTED, /nested deeper than 100 levels/],
    ["of wrong types", '{"schema":"twinlens.decisions/1","marks":{"a":1}}', /marks|twinlens/],
    ["that is a prototype key", '{"__proto__":{"schema":"twinlens.decisions/1"}}', /schema/],
    ["that is not JSON", "\0\0", /not JSON/],
  ])("%s is refused in one line", async (_what, text, message) => {
    const refused = engine.decisions.import({ project, file: new Blob([text]), replace: false });
    const cause: unknown = await refused.catch((error) => error);
    expect(cause).toMatchObject({ code: "USAGE", message: expect.stringMatching(message) });
    expect((cause as Error).message).not.toContain("\n");
  });

  test("of 300 MB is refused unread", async () => {
    const chunk = new Uint8Array(10_000_000);
    const huge = new Blob(Array.from({ length: 30 }, () => chunk));
    await expect(
      engine.decisions.import({ project, file: huge, replace: false }),
    ).rejects.toMatchObject({
      code: "USAGE",
      message: expect.stringContaining("it is larger than 256 MiB"),
    });
  });
});

describe("a plan", () => {
  const applied = async (plan: string) => {
    for await (const _ of await engine.apply.run({ project, plan, dryRun: true }));
  };
  test.each([
    ["of 500 MB", () => file("plan.json", "{", 500_000_000), /larger than 400 MiB/],
    ["nested deeply", () => file("plan.json", NESTED), /nested deeper than 100 levels/],
    ["of wrong types", () => file("plan.json", '{"operations":"all"}'), /operations/],
    ["as CSV with an open quote", () => file("plan.csv", 'split,path,sha256\n"'), /never closed/],
  ])("%s is refused in one line", async (_what, plan, message) => {
    const cause: unknown = await applied(plan()).catch((error) => error);
    expect(cause).toMatchObject({ code: "USAGE", message: expect.stringMatching(message) });
    expect((cause as Error).message).not.toContain("\n");
  });
});

describe("a model's manifest", () => {
  const MANIFEST = {
    schema: "twinlens.model/1",
    name: "m",
    file: "m.onnx",
    input: { name: "i", layout: "NHWC", type: "uint8", width: 64, height: 64 },
    outputs: [{ name: "o", dimensions: 8 }],
  };
  test.each([
    ["that names a file elsewhere", JSON.stringify({ ...MANIFEST, file: "../m.onnx" })],
    ["that names an absolute file", JSON.stringify({ ...MANIFEST, file: "/etc/passwd" })],
    [
      "with an absurd input",
      JSON.stringify({ ...MANIFEST, input: { ...MANIFEST.input, width: 1e9 } }),
    ],
    [
      "with absurd dimensions",
      JSON.stringify({ ...MANIFEST, outputs: [{ name: "o", dimensions: 1e12 }] }),
    ],
    ["nested deeply", NESTED],
  ])("%s is refused in one line", async (_what, text) => {
    const folder = freshFolder();
    writeFileSync(join(folder, "m.onnx"), "model");
    writeFileSync(join(folder, "m.json"), text);
    const cause: unknown = await loadModel(join(folder, "m.onnx")).catch((error) => error);
    expect(cause).toMatchObject({ code: "MODEL_INVALID" });
    expect((cause as Error).message).not.toContain("\n");
  });
});

import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EVIDENCE_KINDS } from "../../src-main/contract/evidence-kind.ts";
import {
  type DemoManifest,
  KNOWN_DUPLICATES_FILE,
  makeDemo,
} from "../../src-main/engine/demo/demo.ts";
import { explainPair, newWorkspace } from "../../src-main/engine/scan/evidence/evidence.ts";
import { factsOf } from "../support/product-route.ts";

let folder = "";
let demo: DemoManifest;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "twinlens-demo-"));
  demo = await makeDemo(path.join(folder, "demo"));
}, 120_000);

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function filesUnder(root: string): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
    .sort();
}

const splitOf = (file: string) => file.split("/")[0];
const labelOf = (file: string) => file.split("/")[1];

describe("makeDemo", () => {
  test("writes decodable images into split and class folders, and a list next to them", async () => {
    const files = await filesUnder(demo.root);
    const pictures = files.filter((file) => file !== KNOWN_DUPLICATES_FILE);
    expect(pictures).toHaveLength(demo.images);
    for (const file of pictures) {
      expect(file.split(path.sep)).toHaveLength(3);
      const { width, height } = await sharp(path.join(demo.root, file)).metadata();
      expect(Math.min(width, height)).toBeGreaterThan(100);
    }
  });

  test("lists the planted pairs as a,b,kind", async () => {
    const text = await readFile(path.join(demo.root, KNOWN_DUPLICATES_FILE), "utf8");
    const rows = demo.pairs.map(({ a, b, kind }) => `${a},${b},${kind}`);
    expect(text).toBe(`${["a,b,kind", ...rows].join("\n")}\n`);
  });

  test("plants every kind but edited within train, as leaks from test and val, and with a different label", () => {
    const planted = EVIDENCE_KINDS.filter((kind) => kind !== "edited");
    expect(new Set(demo.pairs.map((pair) => pair.kind))).toEqual(new Set(planted));
    const duplicates = demo.pairs.filter((pair) => pair.kind !== "similar");
    const into = duplicates.map((pair) => splitOf(pair.b));
    expect(duplicates.every((pair) => splitOf(pair.a) === "train")).toBe(true);
    expect(into.filter((split) => split === "train").length).toBeGreaterThan(3);
    expect(into.filter((split) => split === "test").length).toBeGreaterThan(3);
    expect(into.filter((split) => split === "val")).toHaveLength(1);
    expect(duplicates.filter(({ a, b }) => labelOf(a) !== labelOf(b))).toHaveLength(1);
  });

  test("plants pairs whose evidence matches the list", async () => {
    const facts = async (file: string) => factsOf(await readFile(path.join(demo.root, file)));
    for (const { a, b, kind } of demo.pairs)
      expect({ b, kind: explainPair(newWorkspace(), await facts(a), await facts(b)).kind }).toEqual(
        { b, kind },
      );
  }, 60_000);

  test("gives the same bytes for the same seed, and different bytes for another", async () => {
    const make = (name: string, seed: number) =>
      makeDemo(path.join(folder, name), { seed, images: 50 });
    const [one, again, other] = [
      await make("one", 7),
      await make("again", 7),
      await make("other", 8),
    ];
    expect(again.pairs).toEqual(one.pairs);
    const files = await filesUnder(one.root);
    expect(await filesUnder(again.root)).toEqual(files);
    for (const file of files)
      expect(
        (await readFile(path.join(again.root, file))).equals(
          await readFile(path.join(one.root, file)),
        ),
      ).toBe(true);
    const first = "train/city/city-001.jpg";
    expect(
      (await readFile(path.join(other.root, first))).equals(
        await readFile(path.join(one.root, first)),
      ),
    ).toBe(false);
  }, 120_000);

  test("refuses a folder that is not empty, and leaves it unchanged", async () => {
    const taken = await mkdtemp(path.join(folder, "taken-"));
    await writeFile(path.join(taken, "mine.txt"), "keep");
    await expect(makeDemo(taken)).rejects.toMatchObject({
      code: "FOLDER_UNAVAILABLE",
      message: expect.stringContaining("not empty"),
    });
    expect(await filesUnder(taken)).toEqual(["mine.txt"]);
  });

  test("refuses too few images", async () => {
    await expect(makeDemo(path.join(folder, "few"), { images: 3 })).rejects.toThrow("at least 50");
  });
});

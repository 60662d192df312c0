import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { beforeAll, describe, expect, test } from "vitest";
import { Report } from "../../src-main/contract/report.ts";
import { drawnJpeg, folderOf, picture, pictures } from "../support/drawn-data-set.ts";
import { freshFolder } from "../support/fresh-folder.ts";
import { arithmeticGraph, arithmeticManifest, writeModel } from "../support/models.ts";
import { run } from "../support/run-in-process.ts";
import { runTwinlens } from "../support/run-twinlens.ts";
import { withoutSeconds } from "../support/running-engine.ts";

/** Train has two copies of image 1 and one of image 2. Test has five images, including one copy of each, so 40 % of it leaks. */
let root: string;
/** The same data set, scanned. */
let project: string;
const dataFolder = freshFolder();

beforeAll(async () => {
  root = await folderOf({
    ...pictures("train/cat", 6),
    "train/cat/copy-of-1.jpg": 1,
    ...pictures("test/cat", 3, 20),
    "test/cat/leak-of-1.jpg": 1,
    "test/cat/leak-of-2.jpg": 2,
  });
  project = join(freshFolder(), "p.twinlens");
  expect(await run(["scan", root, "--quiet", "--project", project])).toEqual({
    code: 0,
    stdout: "",
    stderr: "",
  });
});

const parse = (text: string | Buffer) => Report.parse(JSON.parse(text.toString()));
const linesOf = (file: string) => readFileSync(file, "utf8").split("\n").slice(0, -1);

describe("the program as a process", () => {
  test("writes only the report to standard output, and everything else to standard error", async () => {
    const { code, stdout, stderr } = await runTwinlens(["scan", root, "--json", "-"]);
    expect(code).toBe(0);
    const report = parse(stdout);
    expect(report.splits.map(({ name, images }) => [name, images])).toEqual([
      ["train", 7],
      ["test", 5],
    ]);
    expect(stderr).toMatch(/^Finding files +12$/m);
    expect(stderr).toMatch(/^Reading files +12 \/ 12/m);
    expect(stderr).toMatch(/^LEAK +2 of 5 test images \(40\.0 %\) also appear in train\.$/m);
  });

  test("prints its summary on standard output if no report is written there", async () => {
    const json = join(freshFolder(), "report.json");
    const { code, stdout } = await runTwinlens(["scan", root, "--no-progress", "--json", json]);
    expect(code).toBe(0);
    expect(stdout.toString()).toMatch(/^LEAK +2 of 5 test images/m);
    expect(parse(readFileSync(json)).clusters).toHaveLength(2);
  });

  test("prints only errors with --quiet, and exits with 3 when the leak gate fails", async () => {
    const words = ["scan", root, "--quiet", "--fail-on-leak", "39.9"];
    const { code, stdout, stderr } = await runTwinlens(words);
    expect(code).toBe(3);
    expect(stdout).toHaveLength(0);
    expect(stderr).toBe("twinlens: 40 % of test also appears in train; the limit is 39.9 %.\n");
  });

  test("exits with 2 on a usage error and with 1 on any other failure", async () => {
    expect(await runTwinlens(["scan"])).toMatchObject({ code: 2 });
    expect(await runTwinlens(["report", "/no/such/project"])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^twinlens: There is no project at [^\n]+\n$/),
    });
  });

  test.runIf(process.platform === "linux")(
    "lists a name that is not UTF-8 as its original bytes, on standard output too",
    async () => {
      const odd = await folderOf({ "train/plain.jpg": 1 });
      const name = Buffer.from("caf\xe9.jpg", "latin1");
      const path = Buffer.concat([Buffer.from(`${odd}/train/`), name]);
      writeFileSync(path, await drawnJpeg(2));
      const { code, stdout } = await runTwinlens(["scan", odd, "--quiet", "--keep-list", "-"]);
      expect(code).toBe(0);
      const line = Buffer.concat([path, Buffer.from("\n")]);
      expect(stdout).toEqual(Buffer.concat([line, Buffer.from(`${odd}/train/plain.jpg\n`)]));
    },
  );

  test("finds the project for the same folders again in the user's data folder", async () => {
    const dataHome = freshFolder();
    const splits = ["--train", join(root, "train"), "--test", join(root, "test")];
    for (const words of [splits, [root], [...splits.slice(2), ...splits.slice(0, 2)]])
      expect(await runTwinlens(["scan", ...words, "--quiet"], { dataHome })).toMatchObject({
        code: 0,
        stderr: "",
      });
    const projects = readdirSync(join(dataHome, "twinlens", "projects"));
    expect(projects.filter((name) => name.endsWith(".twinlens"))).toHaveLength(1);
  });
});

describe("scan", () => {
  test("recognizes train, test and val folders in one root by their common names", async () => {
    const named = await folderOf({
      "Training/1.jpg": 1,
      "valid/2.jpg": 2,
      "TEST/3.jpg": 3,
      "extra/4.jpg": 4,
    });
    const { stdout } = await run(["scan", named, "--json", "-"], { dataFolder });
    expect(parse(stdout).splits.map(({ name, root: folder }) => [name, folder])).toEqual([
      ["train", join(named, "Training")],
      ["test", join(named, "TEST")],
      ["val", join(named, "valid")],
    ]);
  });

  test("joins the folders of a root that mean the same split", async () => {
    const named = await folderOf({
      "train/1.jpg": 1,
      "val/cat/2.jpg": 2,
      "Validation/cat/3.jpg": 3,
    });
    const { stdout } = await run(["scan", named, "--json", "-"], { dataFolder });
    const { splits } = parse(stdout);
    expect(splits.find(({ name }) => name === "val")).toMatchObject({
      root: named,
      folders: ["Validation", "val"],
      images: 2,
    });
  });

  test("joins the folders of a split that is given several times", async () => {
    const parts = await folderOf({ "a/cat/1.jpg": 1, "b/cat/2.jpg": 2, "test/cat/3.jpg": 1 });
    const [a, b, held] = ["a", "b", "test"].map((name) => join(parts, name));
    const words = ["--train", String(a), "--split", `train=${b}`, "--test", String(held)];
    const { stdout } = await run(["scan", ...words, "--json", "-"], { dataFolder });
    const { splits, images } = parse(stdout);
    expect(splits[0]).toMatchObject({
      name: "train",
      root: parts,
      folders: ["a", "b"],
      images: 2,
    });
    expect(images.map(({ split, path, label }) => [split, path, label])).toEqual([
      ["train", "a/cat/1.jpg", "cat"],
      ["test", "cat/3.jpg", "cat"],
    ]);
  });

  test("treats a root without such folders as one split", async () => {
    const plain = await folderOf({ "cat/1.jpg": 1, "dog/2.jpg": 1 });
    const { stdout } = await run(["scan", plain, "--json", "-"], { dataFolder });
    const report = parse(stdout);
    expect(report.splits).toMatchObject([{ name: "all", root: plain, images: 2 }]);
    expect(report.clusters[0]).toMatchObject({ labels: { cat: 1, dog: 1 } });
    expect(report.labelConflicts).toEqual([1]);
  });

  test("accepts splits with any names", async () => {
    const words = ["--split", `old=${join(root, "train")}`, "--split", `new=${join(root, "test")}`];
    const { stdout } = await run(["scan", ...words, "--json", "-"], { dataFolder });
    const leak = parse(stdout).leaks.find(({ from }) => from === "new");
    expect(leak).toMatchObject({ into: "old", images: 2, of: 5 });
  });

  test("treats the first split as the training split if none is named train, as the HTML report does", async () => {
    const words = [
      "--split",
      `day=${join(root, "train")}`,
      "--split",
      `night=${join(root, "test")}`,
    ];
    const { stdout, stderr } = await run(["scan", ...words, "--html", "-"], { dataFolder });
    const leaks = stderr.split("\n").filter((line) => line.includes("LEAK"));
    expect(leaks).toHaveLength(1);
    expect(leaks[0]).toMatch(/night.* in day\.$/);
    const heading = /<h1>(.*?)<\/h1>/.exec(stdout.toString())?.[1]?.replace(/<[^>]*>/g, "");
    expect(heading).toMatch(/night.* in day\.$/);
  });

  test("gives no label to images directly in a split's folder", async () => {
    const flat = await folderOf({ "train/1.jpg": 1, "train/2.jpg": 2, "test/1.jpg": 1 });
    const { stdout } = await run(["scan", flat, "--json", "-"], { dataFolder });
    const report = parse(stdout);
    expect(report.images.map(({ label }) => label)).toEqual([null, null]);
    expect(report.clusters[0]?.labels).toEqual({});
    expect(report.balance).toEqual({ train: {}, test: {} });
    expect(report.leaks[1]?.byLabel).toEqual({});
  });

  test("uses the first folder below the split as the label, however deep the file is", async () => {
    const deep = await folderOf({ "train/cat/a/b/1.jpg": 1, "train/cat/2.jpg": 1 });
    const { stdout } = await run(["scan", deep, "--json", "-"], { dataFolder });
    expect(parse(stdout).clusters[0]?.labels).toEqual({ cat: 2 });
  });

  test.each(["25", "39.99", "40", "100"])(
    "fails the gate at %s %% when 40 % leak",
    async (limit) => {
      const words = ["report", project, "--quiet", "--fail-on-leak", limit];
      expect((await run(words)).code).toBe(Number(limit) < 40 ? 3 : 0);
    },
  );

  test("reduces dimensions with --pca and still finds every copy", async () => {
    const words = ["scan", root, "--pca", "3", "--threshold", "cosine:0.999", "--json", "-"];
    const { code, stdout } = await run(words, { dataFolder });
    expect(code).toBe(0);
    const report = parse(stdout);
    expect(report.threshold).toEqual({ strategy: "cosine", cosine: 0.999 });
    expect(report.leaks.find(({ from }) => from === "test")?.images).toBeGreaterThanOrEqual(2);
  });

  test("reproduces DNIKit with --preset dnikit, and reports the distance that slope chose", async () => {
    const words = ["scan", root, "--preset", "dnikit", "--grouping", "cohesive", "--json", "-"];
    const { code, stdout } = await run(words, { dataFolder });
    expect(code).toBe(0);
    const report = parse(stdout);
    expect(report.threshold).toMatchObject({ strategy: "slope", sensitivity: 5 });
    expect(report.threshold.distance).toBeGreaterThanOrEqual(0);
    expect(report.neighbors.k).toBe(10);
    expect(report.grouping).toBe("closure");
  });

  test("reports clusters for each model output with --response all", async () => {
    const { stdout } = await run(["scan", root, "--response", "all", "--json", "-"], {
      dataFolder,
    });
    const responses = parse(stdout).clusters.map(({ response }) => response);
    expect(new Set(responses)).toEqual(new Set(["embedding", "features"]));
    for (const response of ["embedding", "features"])
      expect(responses.filter((name) => name === response).length).toBeGreaterThanOrEqual(2);
  });

  test("accepts a custom ONNX file, which needs a manifest next to it", async () => {
    const input = { layout: "NHWC", type: "uint8" } as const;
    const { file } = writeModel(freshFolder(), arithmeticManifest(input), arithmeticGraph(input));
    const words = ["scan", root, "--model", file, "--threshold", "cosine:0.99999", "--json", "-"];
    const { code, stdout, stderr } = await run(words, { dataFolder });
    expect(code).toBe(0);
    expect(stderr).toMatch(/^The model arithmetic has no calibration for "flat"/m);
    const report = parse(stdout);
    expect(report.model).toMatchObject({ name: "arithmetic", dimensions: 12 });
    expect(report.leaks.find(({ from }) => from === "test")).toMatchObject({ images: 2, of: 5 });

    rmSync(file.replace(/onnx$/, "json"));
    expect(await run(words, { dataFolder })).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^twinlens: The model [^\n]+\.onnx has no manifest: [^\n]+\n$/),
    });
  });

  test("keeps a protected split off the remove list", async () => {
    const [keep, remove] = [join(freshFolder(), "keep"), join(freshFolder(), "remove")];
    const lists = ["--keep-list", keep, "--remove-list", remove];
    await run(["scan", root, "--quiet", ...lists], { dataFolder });
    expect(linesOf(remove)).toEqual([
      join(root, "train/cat/001.jpg"),
      join(root, "train/cat/002.jpg"),
      join(root, "train/cat/copy-of-1.jpg"),
    ]);
    expect(linesOf(keep)).toHaveLength(12 - 3);

    await run(["scan", root, "--quiet", "--protect", "train", ...lists], { dataFolder });
    expect(linesOf(remove)).toEqual([]);
    expect(linesOf(keep)).toHaveLength(12);
  });

  test("reports why a file could not be read, with control characters escaped", async () => {
    const broken = await folderOf({
      ...pictures("", 2),
      "\u001b[31mred\u001b[0m\n.jpg": "no picture",
      "cut.jpg": (await drawnJpeg(2)).subarray(0, 1000),
    });
    const { code, stdout } = await run(["scan", broken], { dataFolder });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^2 files could not be read:$/m);
    expect(stdout).toMatch(/^ +all\/cut\.jpg: truncated: the file ends before the image does$/m);
    expect(stdout).not.toContain("\u001b");
    expect(stdout).toMatch(/red\\n\.jpg: not an image$/m);
  });
});

describe("report", () => {
  test("gives the same result as the scan that made the project", async () => {
    const own = join(freshFolder(), "own.twinlens");
    const scanned = await run(["scan", root, "--project", own, "--json", "-"]);
    const reported = await run(["report", own, "--json", "-"]);
    expect(withoutSeconds(reported.stdout)).toBe(withoutSeconds(scanned.stdout));
  });

  test("works even if all images are gone", async () => {
    const gone = await folderOf({ ...pictures("train", 3), "test/copy.jpg": 1 });
    const own = join(freshFolder(), "own.twinlens");
    const [before, after] = [join(freshFolder(), "before"), join(freshFolder(), "after")];
    const reports = (folder: string) => [
      ...["--json", join(folder, "r.json"), "--csv", join(folder, "r.csv")],
      ...["--html", join(folder, "r.html"), "--keep-list", join(folder, "keep")],
      ...["--remove-list", join(folder, "remove")],
    ];
    expect((await run(["scan", gone, "--project", own, ...reports(before)])).code).toBe(0);
    rmSync(gone, { recursive: true });
    expect((await run(["report", own, ...reports(after)])).code).toBe(0);
    const written = readdirSync(before).sort();
    expect(readdirSync(after).sort()).toEqual(written);
    expect(written).toEqual(["keep", "r.csv", "r.html", "r.json", "remove"]);
    for (const name of ["keep", "remove", "r.csv"])
      expect(readFileSync(join(after, name))).toEqual(readFileSync(join(before, name)));
    expect(readFileSync(join(after, "r.html"), "utf8")).toContain("data:image/jpeg;base64,");
  });

  test("accepts a different threshold", async () => {
    const at = async (threshold: string) =>
      parse((await run(["report", project, "--threshold", threshold, "--json", "-"])).stdout);
    const strict = await at("cosine:0.9999");
    const loose = await at("cosine:-1");
    expect(strict.clusters).toHaveLength(2);
    expect(loose.clusters).toHaveLength(1);
    expect(loose.clusters[0]?.size).toBe(12);
    expect((await at("confidence:0")).clusters[0]?.size).toBe(12);
    expect((await at("distance:0")).clusters).toHaveLength(2);
    expect((await at("percentile:50")).threshold).toMatchObject({ strategy: "percentile" });
    expect((await at("slope:3")).threshold).toMatchObject({ strategy: "slope", sensitivity: 3 });
  });

  test("refuses a model output that was not scanned", async () => {
    const { code, stderr } = await run(["report", project, "--response", "features"]);
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /^twinlens: The project was not scanned with the model output "features"/,
    );
  });

  test.each(["--json", "--csv", "--html", "--keep-list", "--remove-list"])(
    "writes %s to standard output for -",
    async (option) => {
      const { code, stdout, stderr } = await run(["report", project, option, "-"]);
      expect(code).toBe(0);
      expect(stdout.length).toBeGreaterThan(0);
      expect(stdout).not.toContain("Project:");
      expect(stderr).toContain(`Project: ${project}`);
    },
  );

  test("reports a file that cannot be written in one line, and leaves no part of it", async () => {
    const folder = await folderOf({ "taken/1.jpg": 1 });
    const { code, stderr } = await run(["report", project, "--json", join(folder, "taken")]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^twinlens: Cannot write [^\n]+\n$/);
    expect(readdirSync(folder)).toEqual(["taken"]);
    expect(readdirSync(join(folder, "taken"))).toEqual(["1.jpg"]);
  });
});

test("every kind of edited copy of an image is in its cluster at a low threshold", async () => {
  const upright = picture(3);
  const edited = await folderOf({
    "original.jpg": 3,
    "resized.png": await sharp(await drawnJpeg(3))
      .resize(96)
      .png()
      .toBuffer(),
    "mirrored.webp": await upright.clone().flop().webp().toBuffer(),
    "another.jpg": 8,
  });
  const { stdout } = await run(["scan", edited, "--threshold", "confidence:0.5", "--json", "-"], {
    dataFolder,
  });
  const report = parse(stdout);
  expect(report.clusters).toHaveLength(1);
  expect(report.images.map(({ path }) => path)).toContain("resized.png");
  expect(existsSync(join(edited, "original.jpg"))).toBe(true);
});

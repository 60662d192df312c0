import { existsSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { folderOf, pictures } from "../support/drawn-data-set.ts";
import { freshFolder } from "../support/fresh-folder.ts";
import { run } from "../support/run-in-process.ts";

const COMMANDS = "scan report export plan apply undo decisions calibrate demo serve devices".split(
  " ",
);

describe("help", () => {
  test("lists every command", async () => {
    const { code, stdout, stderr } = await run(["--help"], { withoutEngine: true });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    for (const command of COMMANDS) expect(stdout).toMatch(new RegExp(`^ +${command}\\b`, "m"));
  });

  test.each(COMMANDS)(
    "for %s goes to standard output and describes the command",
    async (command) => {
      const { code, stdout, stderr } = await run([command, "--help"], { withoutEngine: true });
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      expect(stdout).toMatch(new RegExp(`^Usage: twinlens ${command}\\b`));
    },
  );

  test("for scan lists every option that scripts use", async () => {
    const { stdout } = await run(["scan", "--help"], { withoutEngine: true });
    const options =
      "--train --test --val --split --project --model --threshold --grouping --json --csv --html --keep-list --remove-list " +
      "--fail-on-leak --quiet --preset --output-name --pca --device --neighbors --exact --batch-size --protect --threads " +
      "--no-progress --max-pixels --follow-links";
    for (const option of options.split(" ")) expect(stdout).toContain(`  ${option}`);
  });

  test.each(["scan", "report", "export", "plan", "apply"])(
    "for %s shows --output-name first, and --response as its alias",
    async (command) => {
      const { stdout } = await run([command, "--help"], { withoutEngine: true });
      expect(stdout).toMatch(/^ +--output-name, --response <NAME> +\S/m);
    },
  );

  test("the version has the form of a version number", async () => {
    const { code, stdout } = await run(["--version"], { withoutEngine: true });
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
  });
});

describe("a usage error is reported in one line before any work, with exit code 2", () => {
  test.each([
    ["scan --nonsense", /unknown option '--nonsense'/],
    ["scna .", /unknown command 'scna'/],
    ["scan . --threshold nonsense", /Expected a threshold \(auto, .*but received "nonsense"/],
    ["scan . --threshold cosine:2", /Expected a threshold .*but received "cosine:2"/],
    ["scan . --threshold confidence:", /Expected a threshold .*but received "confidence:"/],
    ["scan . --neighbors 0", /Expected a whole number from 1 to 1000 but received "0"/],
    ["scan . --neighbors ten", /Expected a whole number from 1 to 1000 but received "ten"/],
    ["scan . --pca 1.5", /Expected a whole number of at least 1 but received "1\.5"/],
    ["scan . --batch-size -3", /Expected a whole number from 1 to 1024 but received "-3"/],
    ["scan . --threads 0", /Expected a whole number from 1 to 256 but received "0"/],
    ["scan . --fail-on-leak 101", /Expected a number from 0 to 100 but received "101"/],
    ["scan . --device gpu", /Allowed choices are auto, cpu, cuda, directml, coreml, webgpu/],
    ["scan . --preset other", /Allowed choices are dnikit/],
    ["scan . --grouping loose", /Allowed choices are cohesive, closure/],
    ["scan --split train", /Expected NAME=DIR but received "train"/],
    ["scan --split =DIR", /Expected NAME=DIR but received "=DIR"/],
    ["scan one two", /too many arguments/],
    ["scan . --json", /argument missing/],
    ["report", /missing required argument 'PROJECT'/],
    ["export p.twinlens --what images", /required option '--out <FILE>' not specified/],
    ["export p.twinlens --what pixels --out x.csv", /Allowed choices are embeddings, neighbors/],
  ])("twinlens %s", async (words, message) => {
    const { code, stdout, stderr } = await run(words.split(" "), { withoutEngine: true });
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    const [line, ...hint] = stderr.trimEnd().split("\n");
    expect(line).toMatch(message);
    expect(hint.join(" ")).toMatch(
      /^(\(Did you mean \w+\?\) )?(\(use --help to list commands and options\))?$/,
    );
  });

  test("running without a command shows the help", async () => {
    const { code, stderr } = await run([], { withoutEngine: true });
    expect(code).toBe(2);
    expect(stderr).toMatch(/^Usage: twinlens/);
  });
});

describe("contradictory options are reported in one line, with exit code 2", () => {
  let root: string;
  beforeAll(async () => {
    root = await folderOf({ ...pictures("train", 2), ...pictures("test", 2, 10) });
  });

  async function expectUsage(words: string[], message: RegExp) {
    const dataFolder = freshFolder();
    const { code, stdout, stderr } = await run(["scan", "--quiet", ...words], { dataFolder });
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^twinlens: [^\n]+\n$/);
    expect(stderr).toMatch(message);
    expect(existsSync(join(dataFolder, "projects"))).toBe(false);
  }

  test("if no folder is given", () => expectUsage([], /Give either one ROOT or split folders/));

  test("if both a root and a split are given", () =>
    expectUsage([root, "--train", join(root, "train")], /Give either one ROOT or split folders/));

  test("if splits overlap", () =>
    expectUsage(
      ["--train", root, "--test", join(root, "test")],
      /The folders of the splits "train" and "test" overlap .* Choose folders that do not contain each other/,
    ));

  test("if two splits are the same folder", () =>
    expectUsage(["--train", join(root, "test"), "--test", `${root}/train/../test/`], /overlap/));

  test("if two folders of one split overlap", () =>
    expectUsage(
      ["--train", root, "--split", `train=${join(root, "test")}`],
      /Two folders of the split "train" overlap .* Choose folders that do not contain each other/,
    ));

  test("if a protected split does not exist", () =>
    expectUsage([root, "--protect", "val"], /Cannot protect the split "val"/));

  test("if the leak gate has no train split to guard", () =>
    expectUsage(
      ["--test", join(root, "test"), "--fail-on-leak", "0"],
      /--fail-on-leak needs a split named train/,
    ));

  test("if two reports would go to standard output", () =>
    expectUsage([root, "--json", "-", "--csv", "-"], /Only one report can go to standard output/));
});

describe("anything that does not exist is reported in one line, with exit code 1", () => {
  test.each([
    [["scan", "/no/such/folder"], /^twinlens: The folder \/no\/such\/folder does not exist/],
    [["scan", "--train", "/no/such/folder"], /\/no\/such\/folder does not exist/],
    [["report", "/no/such/project"], /There is no project at \/no\/such\/project/],
    [
      ["export", "/no/such/project", "--what", "images", "--out", "x.csv"],
      /There is no project at \/no\/such\/project/,
    ],
  ])("%j", async (words, message) => {
    const { code, stdout, stderr } = await run(words);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd()).not.toContain("\n");
  });

  test.each([
    [["--model", "no-such-model"], /There is no bundled model "no-such-model": choose from/],
    [["--model", "/no/such.onnx"], /There is no model at \/no\/such\.onnx/],
    [["--response", "logits"], /has no output "logits": choose from embedding/],
  ])("scan %j", async (words, message) => {
    const { code, stderr } = await run(["scan", freshFolder(), ...words]);
    expect(code).toBeGreaterThan(0);
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd()).not.toContain("\n");
  });
});

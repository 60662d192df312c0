import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { folderOf, pictures, writeFiles } from "../support/drawn-data-set.ts";
import { freshFolder } from "../support/fresh-folder.ts";
import { markedBlock } from "../support/marked-block.ts";
import { PYTHON_TIMEOUT_MS, pythonWith } from "../support/python-with.ts";
import { run } from "../support/run-in-process.ts";
import { runningEngine } from "../support/running-engine.ts";

const DOCUMENT = "docs/python.md";

const python = pythonWith();
const torch = pythonWith("torch", "torchvision");

/** Stubs for the parts of the packages that the snippets use. */
const DATASETS = `
import os
class Image:
    def __init__(self, decode=True):
        self.decode = decode
class Rows:
    def __init__(self, rows):
        self.rows = rows
    def cast_column(self, name, feature):
        return Rows([{**row, name: feature.decode and "decoded" or {"path": row["file"]}} for row in self.rows])
    def filter(self, test):
        return Rows([row for row in self.rows if test(row)])
def load_dataset(kind, data_dir, split):
    assert (kind, split) == ("imagefolder", "train")
    files = [os.path.join(at, name) for at, _, names in os.walk(data_dir) for name in names]
    return Rows([{"file": file, "image": "decoded"} for file in sorted(files)])
`;
const FIFTYONE = `
class View:
    def __init__(self, files):
        self.files = files
        self.tags = []
    def select_by(self, field, values):
        assert field == "filepath"
        return View(list(values))
    def tag_samples(self, tag):
        self.tags.append(tag)
def load_dataset(name):
    return View([])
`;

let root: string;
/** Folder of the exported files. */
let folder: string;

beforeAll(async () => {
  root = await folderOf({
    ...pictures("train/cat", 3),
    ...pictures("train/dog", 2, 20),
    "train/dog/line\nbreak.jpg": 1,
    "test/cat/leak.jpg": 2,
  });
  await writeFiles(root, { "train/dog/ends in a space .jpg": 21 });
  folder = freshFolder();
  const project = join(folder, "pets.twinlens");
  expect(await run(["scan", root, "--quiet", "--project", project])).toMatchObject({ code: 0 });
  const engine = runningEngine();
  const filter = { labelConflict: true };
  const { rows } = await engine.review.clusters({ project, filter, offset: 0, limit: 1 });
  const image = rows[0]?.anchor ?? 0;
  const of = { project, image };
  await engine.decisions.decide({ project, decision: { type: "labelCluster", of, label: "cat" } });
  // The document's own commands write the files that its snippets read.
  for (const line of markedBlock(DOCUMENT, "commands").trim().split("\n")) {
    const words = line.replace("npm run twinlens -- ", "").split(" ");
    const placed = words.map((word) =>
      /\.(twinlens|txt|csv)$/.test(word) ? join(folder, word) : word,
    );
    expect(await run(placed)).toMatchObject({ code: 0 });
  }
}, 60_000);

/** Runs a snippet after the document's reader functions, and returns the value of an expression. */
function evaluate(
  by: string,
  snippet: string,
  expression: string,
  fakes: Record<string, string> = {},
) {
  const modules = freshFolder();
  for (const [name, code] of Object.entries(fakes))
    writeFileSync(join(modules, `${name}.py`), code);
  const code = [
    markedBlock(DOCUMENT, "reader"),
    snippet === "" ? "" : markedBlock(DOCUMENT, snippet).replaceAll("/data/pets", root),
    `print(json.dumps(${expression}))`,
  ].join("\n");
  const printed = execFileSync(by, ["-c", code], {
    cwd: folder,
    env: { ...process.env, PYTHONPATH: modules },
    encoding: "utf8",
    timeout: PYTHON_TIMEOUT_MS,
  });
  return JSON.parse(printed);
}

const inTrain = (...names: string[]) => names.map((name) => join(root, "train", name)).sort();
/** The train images on the keep list: no copy of a test image, and one of each pair. */
let kept: string[];
let removed: string[];

describe.skipIf(!python)("snippets for Python (need python3)", () => {
  beforeAll(() => {
    removed = evaluate(python ?? "", "", 'sorted(read_list("remove.txt"))');
    const all = inTrain(
      "cat/001.jpg",
      "cat/002.jpg",
      "cat/003.jpg",
      "dog/020.jpg",
      "dog/021.jpg",
      "dog/line\nbreak.jpg",
      "dog/ends in a space .jpg",
    );
    kept = all.filter((path) => !removed.includes(path));
    expect(removed).toContain(join(root, "train/cat/002.jpg"));
    expect(kept).toHaveLength(4);
  });

  test("read lists exactly as written, whatever the names", () => {
    const list: string[] = evaluate(python ?? "", "", 'sorted(read_list("keep.txt"))');
    expect(list).toEqual([...kept, join(root, "test/cat/leak.jpg")].sort());
    expect([...kept, ...removed].some((path) => path.includes("\n"))).toBe(true);
  });

  test("read the corrections for one split", () => {
    expect(evaluate(python ?? "", "", 'read_corrections("corrections.csv", "train")')).toEqual({
      "dog/line\nbreak.jpg": "cat",
    });
    expect(evaluate(python ?? "", "", 'read_corrections("corrections.csv", "test")')).toEqual({});
  });

  test("filter a Hugging Face data set without decoding images", () => {
    const files = 'sorted(row["file"] for row in clean.rows)';
    expect(evaluate(python ?? "", "datasets", files, { datasets: DATASETS })).toEqual(kept);
    const images = '[row["image"] for row in clean.rows]';
    expect(new Set(evaluate(python ?? "", "datasets", images, { datasets: DATASETS }))).toEqual(
      new Set(["decoded"]),
    );
  });

  test("tag duplicates in FiftyOne", () => {
    const tagged = "[sorted(duplicates.files), duplicates.tags]";
    expect(evaluate(python ?? "", "fiftyone", tagged, { fiftyone: FIFTYONE })).toEqual([
      removed,
      ["duplicate"],
    ]);
  });

  describe.skipIf(!torch)("for PyTorch (need torch and torchvision)", () => {
    test("make a subset without duplicates", () => {
      const files = "[sorted(train.samples[i][0] for i in clean.indices), len(clean)]";
      expect(evaluate(torch ?? "", "torch", files)).toEqual([kept, kept.length]);
    });

    test("apply corrected labels", () => {
      const labels = "{os.path.relpath(p, train.root): train.classes[t] for p, t in train.samples}";
      const [byFile, targets] = evaluate(torch ?? "", "torch-labels", `[${labels}, train.targets]`);
      expect(byFile).toMatchObject({
        "dog/line\nbreak.jpg": "cat",
        "dog/020.jpg": "dog",
        "cat/001.jpg": "cat",
      });
      expect(targets.toSorted()).toEqual([0, 0, 0, 0, 1, 1, 1]);
    });
  });
});

import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { folderOf, pictures } from "../support/drawn-data-set.ts";
import { freshFolder } from "../support/fresh-folder.ts";
import { markedBlock } from "../support/marked-block.ts";
import { PYTHON_TIMEOUT_MS, pythonWith } from "../support/python-with.ts";
import { run } from "../support/run-in-process.ts";

const python = pythonWith();
const torch = pythonWith("torch", "torchvision", "onnx");

describe("the snippets in docs/models.md", () => {
  test.skipIf(!python).each(["torchvision", "timm"])("%s: is valid Python", (name) => {
    const check = "import ast, sys; ast.parse(sys.stdin.read())";
    execFileSync(python ?? "", ["-c", check], { input: markedBlock("docs/models.md", name) });
  });

  test.skipIf(!torch)(
    "torchvision: produces a model that can be calibrated and scans",
    async () => {
      const folder = freshFolder();
      const code = markedBlock("docs/models.md", "torchvision").replace(
        "torchvision.models.MobileNet_V3_Small_Weights.DEFAULT",
        "None",
      );
      writeFileSync(join(folder, "export.py"), `import torch\ntorch.manual_seed(1)\n${code}`);
      execFileSync(torch ?? "", ["export.py"], {
        cwd: folder,
        stdio: "ignore",
        timeout: PYTHON_TIMEOUT_MS,
      });
      const root = await folderOf({ ...pictures("cat", 55), "cat/copy.jpg": 1 });
      const model = join(folder, "mobilenet.onnx");
      const calibrated = await run(["calibrate", root, "--model", model, "--device", "cpu"]);
      expect(calibrated).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(
          /^Used 5\d images and \d+ edited copies of them\.\nembedding: \d+ duplicate pairs, .*\nWrote .*mobilenet\.json\. The previous one is .*\.backup\.\n$/,
        ),
      });
      const { calibration } = JSON.parse(readFileSync(join(folder, "mobilenet.json"), "utf8"));
      expect(Object.keys(calibration)).toEqual(["embedding"]);
      const project = join(folder, "p.twinlens");
      const scanned = await run(["scan", root, "--model", model, "--project", project]);
      expect(scanned).toMatchObject({ code: 0, stdout: expect.stringMatching(/1 cluster of/) });
    },
  );
});

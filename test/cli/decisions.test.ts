import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { folderOf, pictures } from "../support/drawn-data-set.ts";
import { freshFolder } from "../support/fresh-folder.ts";
import { run } from "../support/run-in-process.ts";
import { runningEngine } from "../support/running-engine.ts";

let undecided: string;
let project: string;

beforeAll(async () => {
  const root = await folderOf({
    ...pictures("train/cat", 3),
    "train/dog/copy.jpg": 1,
    "test/cat/leak.jpg": 2,
  });
  const folder = freshFolder();
  project = join(folder, "p.twinlens");
  expect(await run(["scan", root, "--quiet", "--project", project])).toMatchObject({ code: 0 });
  undecided = join(folder, "undecided.twinlens");
  copyFileSync(project, undecided);
  const engine = runningEngine();
  const cut = { project };
  const decide = engine.decisions.decide;
  await decide({ project, decision: { type: "filtered", cut, filter: {}, mark: "best" } });
  const filter = { labelConflict: true };
  const { rows } = await engine.review.clusters({ project, filter, offset: 0, limit: 1 });
  const image = rows[0]?.anchor ?? 0;
  await decide({
    project,
    decision: { type: "labelCluster", of: { project, image }, label: "cat" },
  });
});

test("decisions are exchanged between projects through a file", async () => {
  const file = join(freshFolder(), "decisions.json");
  expect(await run(["decisions", "export", project, file])).toEqual({
    code: 0,
    stdout: "",
    stderr: `Wrote 5 decisions to ${file}\n`,
  });
  const same = join(freshFolder(), "decisions.json");
  expect(await run(["decisions", "export", project, "--out", same])).toMatchObject({ code: 0 });
  expect(readFileSync(same)).toEqual(readFileSync(file));
  expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({ schema: "twinlens.decisions/1" });
  expect(await run(["decisions", "import", undecided, file])).toEqual({
    code: 0,
    stdout: "",
    stderr: "5 decisions imported\n",
  });
  const { stderr } = await run(["decisions", "import", undecided, file]);
  expect(stderr).toBe("0 decisions imported\n5 decisions already made here\n");
});

test.each([[], ["a.json", "--out", "b.json"]])(
  "exporting to %j is a usage error",
  async (...words) => {
    const { code, stderr } = await run(["decisions", "export", project, ...words], {
      withoutEngine: true,
    });
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: "twinlens: Give one FILE to write the decisions to.\n",
    });
  },
);

test("corrected labels are exported as a CSV", async () => {
  const out = join(freshFolder(), "corrections.csv");
  const words = ["export", project, "--what", "corrections", "--out", out];
  expect(await run(words)).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(/^Wrote 1 row to /),
  });
  expect(readFileSync(out, "utf8")).toMatch(
    /^split,path,sha256,label,correct_label\ntrain,dog\/copy\.jpg,[0-9a-f]{64},dog,cat\n$/,
  );
});

test("a file without decisions is refused in one line and changes nothing", async () => {
  const file = join(freshFolder(), "report.json");
  writeFileSync(file, '{"schema":"twinlens.report/1"}');
  const before = readFileSync(project);
  const { code, stderr } = await run(["decisions", "import", project, file]);
  expect(code).toBe(2);
  expect(stderr).toMatch(
    /^twinlens: Expected a decisions file .*Nothing was changed\. Choose a file that Twinlens exported\.\n$/,
  );
  expect(readFileSync(project).equals(before)).toBe(true);
  const missing = await run(["decisions", "import", project, `${file}.not-there`]);
  expect(missing).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/the file does not exist\.\n$/),
  });
});

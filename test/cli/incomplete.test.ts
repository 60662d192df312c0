import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Report } from "../../src-main/contract/report.ts";
import { type Contents, drawnJpeg, folderOf, pictures } from "../support/drawn-data-set.ts";
import { freshFolder } from "../support/fresh-folder.ts";
import { run } from "../support/run-in-process.ts";

const POINTER = [
  "version https://git-lfs.github.com/spec/v1",
  `oid sha256:${"0123456789abcdef".repeat(4)}`,
  "size 12345",
  "",
].join("\n");

/** What a file that cannot be read contains, by the words of its reason. */
const BROKEN: Readonly<Record<string, () => Promise<Buffer | string>>> = {
  "Git LFS pointer": async () => POINTER,
  // The decoder names what it finds first.
  "truncated|damaged": async () => (await drawnJpeg(90)).subarray(0, 1000),
  "not an image": async () => "<html>404 Not Found</html>",
};
type Fault = keyof typeof BROKEN;

/** Images of a split that can and cannot be read. */
interface Drawn {
  readonly readable: number;
  readonly broken: number;
  /** Readable images of test that train has, too. */
  readonly leaks: number;
}

async function dataSet(train: Drawn, test: Drawn, fault: Fault = "Git LFS pointer") {
  const broken = await (BROKEN[fault] as () => Promise<Buffer | string>)();
  const unreadable = (split: string, count: number): Contents =>
    Object.fromEntries(Array.from({ length: count }, (_, at) => [`${split}/b${at}.jpg`, broken]));
  return folderOf({
    "train/notes.md": "Train.",
    "test/notes.md": "Test.",
    ...pictures("train", train.readable),
    ...pictures("test", test.leaks),
    ...pictures("test", test.readable - test.leaks, 40),
    ...unreadable("train", train.broken),
    ...unreadable("test", test.broken),
  });
}

const count = (readable: number, broken = 0, leaks = 0): Drawn => ({ readable, broken, leaks });

/** What every run says about splits that were not compared. */
const CLEAN = /^(None of \d|The 1 \w+ image does not|No leak|Clean)/im;

async function scan(root: string, ...words: string[]) {
  const [json, html] = [join(freshFolder(), "r.json"), join(freshFolder(), "r.html")];
  const answer = await run([
    "scan",
    root,
    ...words,
    "--no-progress",
    "--json",
    json,
    "--html",
    html,
  ]);
  const page = readFileSync(html, "utf8");
  return {
    ...answer,
    /** Without the device that the model runs on. */
    stderr: answer.stderr.replace(/^The model runs on .*\n/, ""),
    report: Report.parse(JSON.parse(readFileSync(json, "utf8"))),
    heading: /<h1>(.*?)<\/h1>/s.exec(page)?.[1]?.replace(/<[^>]*>/g, "") ?? "",
    page,
  };
}

describe.each(Object.keys(BROKEN))("a test split whose files are all unreadable (%s)", (fault) => {
  test.each<[string[], number]>([
    [[], 0],
    [["--fail-on-leak", "100"], 4],
    [["--fail-on-leak", "0", "--max-unreadable", "99.9"], 4],
    [["--fail-on-leak", "0", "--max-unreadable", "100"], 0],
  ])("exits as scripts expect with %j: %i", async (words, code) => {
    const root = await dataSet(count(3), count(0, 4), fault);
    const { report, heading, page, ...answer } = await scan(root, ...words);
    expect(answer.code).toBe(code);
    expect(report.notCompared).toEqual([
      expect.objectContaining({ split: "test", images: 4, advice: expect.stringMatching(/\.$/) }),
    ]);
    expect(report.notCompared[0]?.reason).toMatch(new RegExp(`^(${fault})`));
    expect(answer.stdout).toContain(
      "The split test was not compared: none of its 4 images could be read.",
    );
    expect(answer.stdout).toMatch(/^Not compared:\n {2}4 of 4 test images /m);
    expect(page).toContain("4 of 4 test images ");
    expect(heading).toContain("The split test was not compared");
    expect(page.match(/<td[^>]*>not compared<\/td>/g)).toHaveLength(2);
    // Its three training images were compared with each other.
    for (const text of [answer.stdout, heading])
      expect(text.replace("None of 3 compared images", "")).not.toMatch(CLEAN);
    expect(answer.stderr === "").toBe(code === 0);
    if (code === 4) expect(answer.stderr).toMatch(/^twinlens: 4 of 4 test images .*\.\n$/);
  });
});

test("pointers come with the command that fetches them", async () => {
  const { stdout } = await scan(await dataSet(count(3), count(0, 1204)));
  expect(stdout).toContain(
    "1,204 of 1,204 test images are Git LFS pointers. Run `git lfs pull`, then scan again.",
  );
});

test.each<[string[], number]>([
  [[], 0],
  [["--fail-on-leak", "100"], 4],
  [["--fail-on-leak", "100", "--max-unreadable", "100"], 0],
])("an empty test split with %j exits with %i and is never called clean", async (words, code) => {
  const root = await dataSet(count(3), count(0));
  const { report, heading, page, ...answer } = await scan(root, ...words);
  expect(answer.code).toBe(code);
  expect(report.notCompared).toMatchObject([{ split: "test", images: 0 }]);
  for (const text of [answer.stdout, heading])
    expect(text).toContain("The split test was not compared: it has no images.");
  for (const text of [answer.stdout.replace("None of 3 compared images", ""), heading])
    expect(text).not.toMatch(CLEAN);
  if (code === 4)
    expect(answer.stderr).toMatch(/^twinlens: test was not compared: .* --split NAME=DIR\.\n$/);
});

test.each<[string, Drawn, Drawn]>([
  ["no file can be read", count(0, 3), count(0, 2)],
  ["both splits are empty", count(0), count(0)],
  ["one image can be read", count(1), count(0, 2)],
])("if %s, nothing was compared, and every run exits with 4", async (_, train, tested) => {
  const root = await dataSet(train, tested);
  for (const words of [
    [],
    ["--quiet"],
    ["--fail-on-leak", "100"],
    ["--fail-on-leak", "100", "--max-unreadable", "100"],
  ]) {
    const { code, stdout, stderr, heading } = await scan(root, ...words);
    expect(code).toBe(4);
    expect(stderr).toMatch(
      /^twinlens: (No images could be compared|Only one image could be read)/m,
    );
    expect(`${stdout}\n${heading}`).not.toMatch(CLEAN);
    expect(`${stdout}\n${heading}`).not.toMatch(/duplicate of another|has a duplicate among/);
  }
});

test("a leak beyond the limit exits with 3, even if the answer is incomplete, too", async () => {
  const root = await dataSet(count(4), count(3, 2, 2));
  const { code, stdout, stderr } = await scan(root, "--fail-on-leak", "10");
  expect(code).toBe(3);
  expect(stderr).toMatch(
    /^twinlens: 66\.\d+ % of test also appears in train; the limit is 10 %\.$/m,
  );
  expect(stderr).toMatch(/^twinlens: 2 of 5 test images are Git LFS pointers\. /m);
  expect(stdout).toMatch(/^LEAK +2 of 3 test images/m);
});

test("report applies the same rules to the project as the scan", async () => {
  const root = await dataSet(count(3), count(0, 2));
  const project = join(freshFolder(), "p.twinlens");
  await run(["scan", root, "--quiet", "--project", project]);
  expect((await run(["report", project])).code).toBe(0);
  expect((await run(["report", project, "--fail-on-leak", "0"])).code).toBe(4);
  const allowed = ["report", project, "--fail-on-leak", "0", "--max-unreadable", "100"];
  expect((await run(allowed)).code).toBe(0);
});

const drawn = fc
  .record({
    readable: fc.integer({ min: 0, max: 3 }),
    broken: fc.integer({ min: 0, max: 3 }),
    leaks: fc.integer({ min: 0, max: 2 }),
  })
  .map((split): Drawn => ({ ...split, leaks: Math.min(split.leaks, split.readable) }));

test("whatever can be read, no sentence calls a split clean that was not compared, and counts add up", async () => {
  await fc.assert(
    fc.asyncProperty(
      drawn.map((split) => ({ ...split, leaks: 0 })),
      drawn,
      fc.constantFrom(...Object.keys(BROKEN)),
      fc.constantFrom(undefined, 0, 30, 50, 100),
      async (train, tested, fault, limit) => {
        const leaks = Math.min(tested.leaks, train.readable);
        const root = await dataSet(train, { ...tested, leaks }, fault);
        const gate = limit === undefined ? [] : ["--fail-on-leak", "100"];
        const allowed = limit === undefined ? [] : ["--max-unreadable", String(limit)];
        const { code, stdout, heading, report } = await scan(root, ...gate, ...allowed);

        const isOver = ({ readable, broken }: Drawn) =>
          readable + broken === 0
            ? (limit ?? 0) < 100
            : 100 * broken > (limit ?? 0) * (readable + broken);
        const nothing = train.readable + tested.readable < 2;
        const incomplete = limit !== undefined && (isOver(train) || isOver(tested));
        expect(code).toBe(nothing || incomplete ? 4 : 0);

        const notCompared = (split: string) =>
          report.notCompared
            .filter((entry) => entry.split === split)
            .reduce((sum, { images }) => sum + images, 0);
        expect([notCompared("train"), notCompared("test")]).toEqual([train.broken, tested.broken]);
        expect(report.splits.map(({ images }) => images)).toEqual([
          train.readable,
          tested.readable,
        ]);

        const clean = /None of (\d+) test images also appears? among (\d+) train images?\./;
        const one = /The 1 test image does not appear among (\d+) train images?\./;
        for (const text of [stdout, heading]) {
          const said = clean.exec(text) ?? one.exec(text);
          const isClean = train.readable > 0 && tested.readable > 0 && leaks === 0;
          expect(said !== null).toBe(isClean);
          if (said) expect(Number(said.at(-1))).toBe(train.readable);
        }
      },
    ),
    { numRuns: 25, examples: [[count(1), count(1), "Git LFS pointer", undefined]] },
  );
});

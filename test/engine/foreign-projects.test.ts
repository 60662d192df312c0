import {
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import Database from "better-sqlite3";
import { beforeAll, describe, expect, test } from "vitest";
import { ImageId } from "../../src-main/contract/ids.ts";
import { drawnJpeg, folderOf, pictures } from "../support/drawn-data-set.ts";
import { freshFolder } from "../support/fresh-folder.ts";
import { sha256 } from "../support/killable-apply.ts";
import { runningEngine, scanWith } from "../support/running-engine.ts";

const engine = runningEngine();
let all: string;
let splits: { name: string; root: string }[];
let sound: string;
/** A file outside the splits that looks exactly like train/001.jpg. */
let outside: string;

beforeAll(async () => {
  all = await folderOf({
    ...pictures("data/train", 4),
    "data/train/copy.jpg": 1,
    ...pictures("data/test", 3, 20),
    "outside/secret.jpg": 1,
  });
  outside = join(all, "outside/secret.jpg");
  splits = ["train", "test"].map((name) => ({ name, root: join(all, "data", name) }));
  sound = join(freshFolder(), "sound.twinlens");
  await scanWith(engine, { splits, project: sound });
});

const IMAGE = ImageId.parse(1);

/** A copy of the sound project, changed by a stranger. */
function changed(...statements: string[]): string {
  const project = join(freshFolder(), "p.twinlens");
  copyFileSync(sound, project);
  const database = new Database(project);
  for (const statement of statements) database.exec(statement);
  database.close();
  return project;
}

/** Makes image 1 be the file outside, as a stranger who knows its facts would. */
function withPath(path: string | Buffer, ...more: string[]): string {
  const { mtimeNs, size } = lstatSync(outside, { bigint: true });
  const hex = Buffer.from(path).toString("hex");
  return changed(
    `UPDATE files SET path = x'${hex}', modified_ns = ${mtimeNs}, bytes = ${size} WHERE id = 1`,
    "UPDATE contents SET thumbnail = NULL",
    ...more,
  );
}

const refusal = (asked: Promise<unknown>): Promise<unknown> =>
  asked.then(
    () => "answered",
    (cause) => cause,
  );

/** Everything that would read the file of image 1. */
const reads = (project: string) => [
  engine.pictures.thumbnail({ project, image: IMAGE, side: 320 }),
  engine.pictures.full({ project, image: IMAGE }),
  engine.pictures.details({ project, images: [IMAGE] }),
];
/** Everything else that follows stored paths. */
const uses = (project: string) => [
  engine.project.open({ project }),
  engine.plan.make({ project, mayEmpty: "all" }),
  engine.similar.toImage({ project, image: IMAGE, limit: 3 }),
  engine.export({ project, what: "neighbors", out: join(freshFolder(), "n.csv") }),
];

describe("a project whose stored path leads out of its split", () => {
  test.each([
    ["up", () => "../../outside/secret.jpg"],
    ["up from a folder", () => "cat/../../../outside/secret.jpg"],
    ["by an absolute path", () => outside],
    ["to the folder itself", () => "."],
    ["with a NUL", () => "001.jpg\0.png"],
    ["by an empty path", () => ""],
  ])("%s is refused by everything that follows it", async (_how, path) => {
    const project = withPath(path());
    for (const asked of [...reads(project), ...uses(project)]) {
      const cause = await refusal(asked);
      expect(cause).toMatchObject({ code: expect.stringMatching(/PROJECT_INVALID|FOLDER_/) });
      expect((cause as Error).message).not.toContain("\n");
    }
  });

  test("through a link is not read", async () => {
    symlinkSync(dirname(outside), join(all, "data/train/linked"));
    symlinkSync(outside, join(all, "data/train/link.jpg"));
    for (const path of ["linked/secret.jpg", "link.jpg"]) {
      const project = withPath(path);
      for (const asked of reads(project)) {
        expect(await refusal(asked)).toMatchObject({
          code: "PROJECT_INVALID",
          message: expect.stringContaining("outside its split's folder"),
        });
      }
    }
    rmSync(join(all, "data/train/linked"));
    rmSync(join(all, "data/train/link.jpg"));
  });

  test("in a split that the last scan did not name is not read", async () => {
    const project = withPath(
      "secret.jpg",
      `INSERT INTO splits (id, name, root) VALUES (9, 'hidden', '${dirname(outside)}')`,
      "UPDATE files SET split = 9 WHERE id = 1",
    );
    for (const asked of reads(project)) {
      expect(await refusal(asked)).toMatchObject({ code: "USAGE" });
    }
  });

  test("by a folder that is not absolute is refused", async () => {
    const project = changed("UPDATE splits SET root = 'data/train' WHERE name = 'train'");
    for (const asked of uses(project)) {
      expect(await refusal(asked)).toMatchObject({ code: "PROJECT_INVALID" });
    }
  });
});

test("a thumbnail that a link in the cache folder leads to is not read", async () => {
  const project = changed("UPDATE contents SET thumbnail = NULL");
  const digest = sha256(join(all, "data/train/001.jpg"));
  const folder = join(`${project}.cache`, "thumbnails", digest.slice(0, 2));
  mkdirSync(folder, { recursive: true });
  const secret = join(all, "outside/other.jpg");
  writeFileSync(secret, await drawnJpeg(77));
  symlinkSync(secret, join(folder, `${digest}-160`));
  const blob = await engine.pictures.thumbnail({ project, image: IMAGE, side: 160 });
  expect(Buffer.from(await blob.arrayBuffer()).equals(readFileSync(secret))).toBe(false);
});

describe("a journal from a stranger", () => {
  interface Step {
    readonly from: string;
    readonly to: string | null;
    readonly way?: string;
    readonly folder?: string | null;
    readonly link?: string;
    readonly header?: object;
    /** Whether the journal says that the step was carried out. */
    readonly done?: boolean;
  }

  /** A project with a journal of one step with one file, which is at `of` now. */
  function withJournal(of: string, step: Step): string {
    const project = changed();
    const { from, to, way = "quarantine", folder = `${project}.quarantine`, link } = step;
    const { size, mtimeNs } = lstatSync(of, { bigint: true });
    const facts = { bytes: Number(size), modifiedNs: String(mtimeNs), sha256: sha256(of) };
    const linked = link === undefined ? null : { path: link, device: "1", inode: "1", sha256: "" };
    const begin = { split: "train", path: "x.jpg", way, folder, link: linked, scan: "" };
    const lines = [
      { schema: "twinlens.journal/1", project, began: 1, ...step.header },
      { step: 1, begin: { ...begin, files: [{ from, to, ...facts }] } },
      ...(step.done === false ? [] : [{ step: 1, done: [0] }, { finished: "apply" }]),
    ];
    mkdirSync(`${project}.journal`);
    const text = lines.map((line) => `${JSON.stringify(line)}\n`).join("");
    writeFileSync(join(`${project}.journal`, "000001.jsonl"), text);
    return project;
  }

  async function undone(project: string) {
    const results = [];
    for await (const result of await engine.apply.undo({ project })) results.push(result);
    return results;
  }

  async function applied(project: string, to: { way: "quarantine"; folder?: string }) {
    for await (const _ of await engine.apply.run({ project, to, kinds: [] }));
  }

  function quarantined(): string {
    const file = join(freshFolder(), "q", "train", "x.jpg");
    mkdirSync(dirname(file), { recursive: true });
    copyFileSync(outside, file);
    return file;
  }

  test.each([
    ["an absolute path", () => join(all, "written.jpg")],
    ["a path that goes up", () => `${splits[0]?.root}/../../written.jpg`],
    ["a sibling of the split with a longer name", () => `${splits[0]?.root}-more/written.jpg`],
  ])("cannot make undo write to %s", async (_how, from) => {
    const to = quarantined();
    const folder = dirname(dirname(to));
    const project = withJournal(to, { from: from(), to, folder, header: { folder } });
    expect(await undone(project)).toEqual([
      expect.objectContaining({
        done: false,
        reason: expect.stringContaining("outside the data set's folders"),
      }),
    ]);
    expect(existsSync(from())).toBe(false);
    expect(existsSync(to)).toBe(true);
  });

  test("cannot make undo write through a link", async () => {
    const link = join(all, "data/train/away");
    symlinkSync(dirname(outside), link);
    const to = quarantined();
    const folder = dirname(dirname(to));
    const project = withJournal(to, { from: join(link, "written.jpg"), to, folder });
    expect(await undone(project)).toMatchObject([{ done: false }]);
    expect(existsSync(join(dirname(outside), "written.jpg"))).toBe(false);
    rmSync(link);
  });

  test("cannot make undo take a file from outside the quarantine folder", async () => {
    for (const header of [{}, { folder: freshFolder() }]) {
      const from = join(all, "data/train/taken.jpg");
      const project = withJournal(outside, { from, to: outside, header });
      expect(await undone(project)).toMatchObject([{ done: false }]);
      expect(existsSync(from)).toBe(false);
      expect(existsSync(outside)).toBe(true);
    }
  });

  test("cannot name a sidecar folder that is hidden or not next to a split", async () => {
    for (const folder of [join(all, "data/.hidden"), freshFolder(), join(all, "outside")]) {
      const to = quarantined();
      const header = { folder: dirname(dirname(to)), sidecarRoots: [folder] };
      const from = join(folder, "x.txt");
      const project = withJournal(to, { from, to, folder: header.folder, header });
      expect(await undone(project)).toMatchObject([{ done: false }]);
      expect(existsSync(from)).toBe(false);
    }
  });

  test("cannot name hidden files next to a split", async () => {
    for (const from of [join(all, "data/.profile"), join(all, "data/.config/x.jpg")]) {
      const to = quarantined();
      const header = { folder: dirname(dirname(to)), sidecarRoots: [join(all, "data")] };
      const project = withJournal(to, { from, to, folder: header.folder, header });
      expect(await undone(project)).toMatchObject([{ done: false }]);
      expect(existsSync(from)).toBe(false);
    }
  });

  test("that is unfinished cannot make apply write, link or delete what it names", async () => {
    const inside = join(all, "data/train/002.jpg");
    const target = join(all, "outside/autostart.jpg");
    const steps: Step[] = [
      { from: inside, to: target, folder: dirname(target), header: { folder: dirname(target) } },
      { from: inside, to: target },
      { from: outside, to: null, way: "delete-forever", folder: null },
      { from: inside, to: null, way: "delete-forever", folder: null },
      { from: inside, to: "", way: "hardlink", link: outside },
    ];
    for (const step of steps) {
      const project = withJournal(step.from, { ...step, done: false });
      await applied(project, { way: "quarantine" });
      expect(existsSync(target)).toBe(false);
      expect(existsSync(outside)).toBe(true);
      expect(existsSync(inside)).toBe(true);
      expect(lstatSync(inside).nlink).toBe(1);
    }
  });

  test("is not appended to if it is a link", async () => {
    const project = changed();
    const target = join(all, "profile");
    mkdirSync(`${project}.journal`);
    symlinkSync(target, join(`${project}.journal`, "000001.jsonl"));
    expect(await refusal(undone(project))).toMatchObject({ code: "USAGE" });
    expect(existsSync(target)).toBe(false);
  });
});

import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { beforeAll, describe, expect, test } from "vitest";
import type { Split } from "../../src-main/contract/scan-request.ts";
import { folderOf, pictures } from "../support/drawn-data-set.ts";
import { freshFolder } from "../support/fresh-folder.ts";
import {
  reportOf,
  reportText,
  runningEngine,
  scanWith,
  withoutSeconds,
} from "../support/running-engine.ts";

const engine = runningEngine();
let splits: Split[];
/** A project of these splits after a scan. */
let sound: string;

beforeAll(async () => {
  const root = await folderOf({
    ...pictures("train/cat", 10),
    "train/cat/copy.jpg": 1,
    "test/cat/leak.jpg": 1,
    ...pictures("test/cat", 6, 20),
  });
  splits = ["train", "test"].map((name) => ({ name, root: join(root, name) }));
  sound = join(freshFolder(), "sound.twinlens");
  await scanWith(engine, { splits, project: sound });
});

/** A copy of the intact project, for a test to damage. */
function copyOfSound(): string {
  const file = join(freshFolder(), "p.twinlens");
  copyFileSync(sound, file);
  return file;
}

const scanInto = (project: string) => scanWith(engine, { splits, project });
const exportFrom = (project: string) =>
  engine.export({ project, what: "neighbors", out: join(freshFolder(), "neighbors.csv") });

/** Every call for the project is refused in one line, and the file does not change. */
async function expectRefusal(project: string, code: string, message: RegExp) {
  const before = readFileSync(project);
  for (const ask of [() => reportText(engine, project), exportFrom, scanInto]) {
    const refusal: unknown = await ask(project).then(
      () => "none",
      (cause) => cause,
    );
    expect(refusal).toMatchObject({ code, message: expect.stringMatching(message) });
    expect((refusal as Error).message).not.toContain("\n");
  }
  expect(readFileSync(project).equals(before)).toBe(true);
}

test("a scan leaves the project as a single file", () => {
  const beside = readdirSync(join(sound, "..")).filter((name) => !name.endsWith(".cache"));
  expect(beside).toEqual(["sound.twinlens"]);
});

const DECISIONS = [
  "label_changes",
  "right_labels",
  "mark_changes",
  "not_duplicates_changes",
  "decisions",
  "marks",
  "not_duplicates",
];
const before7 = [
  "ALTER TABLE files DROP COLUMN changed_ns",
  "ALTER TABLE files DROP COLUMN inode",
  "ALTER TABLE files DROP COLUMN other_names",
  "ALTER TABLE files DROP COLUMN linked",
  "ALTER TABLE splits DROP COLUMN other_names",
  "ALTER TABLE splits DROP COLUMN folders",
  "ALTER TABLE contents DROP COLUMN damage",
  "DROP TABLE skipped_folders",
].join(";");
const before6 = [before7, "ALTER TABLE marks DROP COLUMN settled"].join(";");
/** What version 5 added. */
const before5 = "ALTER TABLE contents DROP COLUMN exif";
/** What version 4 added: columns, or whole tables. */
const before4 = [
  before6,
  before5,
  "ALTER TABLE marks DROP COLUMN seen",
  "ALTER TABLE not_duplicates DROP COLUMN seen",
  "DROP TABLE right_labels",
  "DROP TABLE label_changes",
].join(";");
const withoutDecisions = [
  before7,
  before5,
  ...DECISIONS.map((table) => `DROP TABLE ${table}`),
  "DROP INDEX files_by_content",
].join(";");

test.each([
  // The columns of a pair at that time do not matter, only that the table exists.
  [1, withoutDecisions],
  [2, before4],
])(
  "a project of version %i asks to be scanned again, which does not embed any image again",
  async (version, change) => {
    const before = withoutSeconds(await reportText(engine, sound));
    const file = copyOfSound();
    const database = new Database(file);
    database.exec("DROP TABLE pairs; CREATE TABLE pairs (response INTEGER, a INTEGER, b INTEGER)");
    database.exec(change);
    database.pragma(`user_version = ${version}`);
    database.close();
    await expect(reportText(engine, file)).rejects.toMatchObject({
      code: "PROJECT_INVALID",
      message: expect.stringMatching(/older version of Twinlens.*Scan its folders again/),
    });
    expect(await scanInto(file)).toMatchObject({ embedded: 0 });
    expect(withoutSeconds(await reportText(engine, file))).toBe(before);
  },
);

test.each([
  [3, before4],
  [4, [before5, before6].join(";")],
  [5, before6],
  [6, before7],
])("a project of version %i keeps its decisions and all comparisons", async (version, change) => {
  const file = copyOfSound();
  const images = (await reportOf(engine, file)).clusters[0]?.images.slice(0, 1) ?? [];
  await engine.decisions.decide({
    project: file,
    decision: { type: "mark", images, mark: "keep" },
  });
  const before = withoutSeconds(await reportText(engine, file));
  const old = join(freshFolder(), "old.twinlens");
  copyFileSync(file, old);
  const database = new Database(old);
  database.exec(change);
  database.pragma(`user_version = ${version}`);
  database.close();
  await expect(reportText(engine, old)).rejects.toMatchObject({ code: "PROJECT_INVALID" });
  expect(await scanInto(old)).toMatchObject({ embedded: 0 });
  expect(withoutSeconds(await reportText(engine, old))).toBe(before);
  expect(await engine.decisions.state({ project: old })).toMatchObject({ keep: 1 });
});

describe("a file that is not a project is refused and left unchanged", () => {
  test("if it contains text", async () => {
    const file = join(freshFolder(), "notes.txt");
    writeFileSync(file, "Not a project.\n".repeat(1000));
    await expectRefusal(file, "PROJECT_INVALID", /notes\.txt is damaged or not a project/);
  });

  test("if it is another program's SQLite database", async () => {
    const file = join(freshFolder(), "photos.db");
    const other = new Database(file);
    other.exec("CREATE TABLE photos (id INTEGER PRIMARY KEY); INSERT INTO photos VALUES (7)");
    other.close();
    await expectRefusal(file, "PROJECT_INVALID", /photos\.db is not a Twinlens project/);
  });

  test("if a newer Twinlens wrote it", async () => {
    const file = copyOfSound();
    const database = new Database(file);
    const version = Number(database.pragma("user_version", { simple: true }));
    database.pragma(`user_version = ${version + 1}`);
    database.close();
    await expectRefusal(file, "PROJECT_TOO_NEW", /newer version of Twinlens .*Update Twinlens\.$/);
  });

  test("if it does not exist", async () => {
    const file = join(freshFolder(), "none.twinlens");
    await expect(reportText(engine, file)).rejects.toMatchObject({ code: "PROJECT_INVALID" });
    expect(existsSync(file)).toBe(false);
  });

  test("if it is empty and read-only", async () => {
    const file = join(freshFolder(), "empty.twinlens");
    writeFileSync(file, "");
    await expect(reportText(engine, file)).rejects.toMatchObject({ code: "PROJECT_INVALID" });
    expect(statSync(file).size).toBe(0);
  });

  test("if it is a folder", async () => {
    const folder = freshFolder();
    for (const ask of [() => reportText(engine, folder), exportFrom, scanInto]) {
      await expect(ask(folder)).rejects.toThrow(/^Cannot open the project .*Check that you can/);
    }
  });
});

describe("a damaged project is reported in one line", () => {
  const DAMAGED = /is damaged or not a project\. .* Move it away and scan again\.$/;

  test("if its end is missing", async () => {
    const file = copyOfSound();
    truncateSync(file, Math.floor(statSync(file).size / 2));
    await expectRefusal(file, "PROJECT_INVALID", DAMAGED);
  });

  test("if its header is gone", async () => {
    const file = copyOfSound();
    overwrite(file, 0, 100);
    await expectRefusal(file, "PROJECT_INVALID", DAMAGED);
  });

  test("if any of its pages is overwritten and a report needs it", async () => {
    const pageBytes = readFileSync(sound).readUInt16BE(16);
    const pages = statSync(sound).size / pageBytes;
    const answers: string[] = [];
    for (let page = 0; page < pages; page++) {
      const file = copyOfSound();
      overwrite(file, page * pageBytes, pageBytes);
      const answer = await reportText(engine, file).then(
        () => "a report",
        (cause: Error) => (DAMAGED.test(cause.message) ? "damaged" : cause.message),
      );
      answers.push(answer);
    }
    expect(new Set(answers)).toEqual(new Set(["damaged", "a report"]));
    expect(answers.filter((answer) => answer === "damaged").length).toBeGreaterThan(pages / 2);
  });

  test("and can be moved away to make room for a new one", async () => {
    const file = copyOfSound();
    const report = withoutSeconds(await reportText(engine, file));
    overwrite(file, 0, 100);
    await expect(scanInto(file)).rejects.toThrow(DAMAGED);
    renameSync(file, `${file}.damaged`);
    await scanInto(file);
    expect(withoutSeconds(await reportText(engine, file))).toBe(report);
  });
});

function overwrite(file: string, start: number, bytes: number): void {
  const handle = openSync(file, "r+");
  writeSync(handle, Buffer.alloc(bytes, 0xa5), 0, bytes, start);
  closeSync(handle);
}

test("a project whose creation was interrupted by a kill is created from scratch", async () => {
  const folder = freshFolder();
  const half = join(folder, "half.twinlens");
  const database = new Database(half);
  database.pragma("cache_size = 2");
  database.exec("BEGIN; CREATE TABLE settings (name TEXT, value TEXT)");
  const insert = database.prepare("INSERT INTO settings VALUES (?, ?)");
  for (let i = 0; i < 100; i++) insert.run(`setting ${i}`, "x".repeat(1000));
  const killed = join(freshFolder(), "p.twinlens");
  copyFileSync(half, killed);
  copyFileSync(`${half}-journal`, `${killed}-journal`);
  database.close();
  expect(statSync(killed).size).toBeGreaterThan(0);

  await scanInto(killed);
  expect(withoutSeconds(await reportText(engine, killed))).toBe(
    withoutSeconds(await reportText(engine, sound)),
  );
});

describe("a missing root folder", () => {
  test("stops the scan in one line, and the project is still good when it is back", async () => {
    const root = await folderOf({ ...pictures("train", 4), ...pictures("test", 3, 10) });
    const project = join(freshFolder(), "p.twinlens");
    const request = {
      splits: ["train", "test"].map((name) => ({ name, root: join(root, name) })),
      project,
    };
    await scanWith(engine, request);
    const before = withoutSeconds(await reportText(engine, project));

    renameSync(join(root, "test"), join(root, "away"));
    await expect(scanWith(engine, request)).rejects.toMatchObject({
      code: "FOLDER_UNAVAILABLE",
      message: `The folder ${join(root, "test")} does not exist. Connect its drive, or choose another folder.`,
    });
    expect(withoutSeconds(await reportText(engine, project))).toBe(before);

    renameSync(join(root, "away"), join(root, "test"));
    expect(await scanWith(engine, request)).toMatchObject({ images: 7, embedded: 0 });
    expect(withoutSeconds(await reportText(engine, project))).toBe(before);
  });

  test("loses nothing even if its mount point was scanned while empty", async () => {
    const root = await folderOf(pictures("train", 5));
    const project = join(freshFolder(), "p.twinlens");
    const request = { splits: [{ name: "train", root: join(root, "train") }], project };
    await scanWith(engine, request);
    const before = withoutSeconds(await reportText(engine, project));

    renameSync(join(root, "train"), join(root, "away"));
    mkdirSync(join(root, "train"));
    expect(await scanWith(engine, request)).toMatchObject({ images: 0 });
    rmSync(join(root, "train"), { recursive: true });
    renameSync(join(root, "away"), join(root, "train"));
    expect(await scanWith(engine, request)).toMatchObject({ images: 5, embedded: 0 });
    expect(withoutSeconds(await reportText(engine, project))).toBe(before);
  });

  test("is not confused with a file of the same name", async () => {
    const root = await folderOf({ train: "a file" });
    const scanning = scanWith(engine, { splits: [{ name: "train", root: join(root, "train") }] });
    await expect(scanning).rejects.toThrow(/train is not a folder\.$/);
  });
});

test("an unfinished first scan gives no report of half a data set", async () => {
  const root = await folderOf(pictures("", 25));
  const project = join(freshFolder(), "p.twinlens");
  const request = { splits: [{ name: "all", root }], project, threads: 1, batchSize: 4 };
  const stop = new AbortController();
  const scanning = scanWith(engine, request, {
    signal: stop.signal,
    onEvent: (event) => {
      if (event.type === "progress" && event.stage === "embed") stop.abort();
    },
  });
  await expect(scanning).rejects.toThrow();
  await expect(reportOf(engine, project)).rejects.toThrow(
    /did not finish\. Scan again to continue it\.$/,
  );
  expect(await scanWith(engine, request)).toMatchObject({ images: 25 });
  await reportOf(engine, project);
});

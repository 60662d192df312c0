import { copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { beforeAll, expect, test } from "vitest";
import { ImageId } from "../../src-main/contract/ids.ts";
import type { Split } from "../../src-main/contract/scan-request.ts";
import { folderOf, pictures } from "../support/drawn-data-set.ts";
import { freshFolder } from "../support/fresh-folder.ts";
import { reportText, runningEngine, scanWith } from "../support/running-engine.ts";

const engine = runningEngine();
let splits: Split[];
let sound: string;

beforeAll(async () => {
  const root = await folderOf({ ...pictures("train", 6), "test/leak.jpg": 1 });
  splits = ["train", "test"].map((name) => ({ name, root: join(root, name) }));
  sound = join(freshFolder(), "sound.twinlens");
  await scanWith(engine, { splits, project: sound });
});

/** @param unsafe allows what SQLite itself refuses by default */
function changed(statements: string, unsafe = false): string {
  const project = join(freshFolder(), "p.twinlens");
  copyFileSync(sound, project);
  const database = new Database(project);
  if (unsafe) database.unsafeMode();
  database.pragma("foreign_keys = OFF");
  database.exec(statements);
  database.close();
  return project;
}

const IMAGE = ImageId.parse(1);

/** Replaces a table with one of the same columns, without types, that holds the same rows. */
const untyped = (table: string) =>
  `CREATE TABLE copy AS SELECT * FROM ${table}; DROP TABLE ${table}; ALTER TABLE copy RENAME TO ${table};`;

const SCHEMAS: readonly (readonly [string, string])[] = [
  ["a trigger", "CREATE TRIGGER t AFTER INSERT ON marks BEGIN DELETE FROM files; END"],
  ["a view", "CREATE VIEW v AS SELECT randomblob(1000000000)"],
  ["a view in place of a table", "DROP TABLE pairs; CREATE VIEW pairs AS SELECT 1 AS response"],
  ["a virtual table", "CREATE VIRTUAL TABLE v USING fts5(text)"],
  ["a table of its own", "CREATE TABLE more (id INTEGER) STRICT"],
  ["an index on an expression", "CREATE INDEX i ON files (length(path))"],
  ["columns without types", untyped("contents")],
  ["a column missing", "ALTER TABLE marks DROP COLUMN settled"],
  ["a generated column", "ALTER TABLE marks ADD COLUMN g INTEGER AS (known + 1)"],
  ["a table missing", "DROP TABLE not_duplicates"],
];

const VALUES: readonly (readonly [string, string])[] = [
  ["settings that are no JSON", "UPDATE settings SET value = '{' WHERE name = 'scan'"],
  ["a setting of 20 MB", "UPDATE settings SET value = printf('\"%020000000d\"', 0)"],
  ["a file id beyond all bounds", "UPDATE files SET id = 4611686018427387904 WHERE id = 2"],
  ["a negative file id", "UPDATE files SET id = -4 WHERE id = 2"],
  ["a path of 10 MB", "UPDATE files SET path = zeroblob(10000000) WHERE id = 2"],
  ["pairs of uneven length", "UPDATE pairs SET a = zeroblob(4000000)"],
  ["pairs that are empty on one side", "UPDATE pairs SET kind = zeroblob(100000000)"],
  ["a digest of another length", "UPDATE contents SET sha256 = x'00' WHERE id = 1"],
  ["files of contents that do not exist", "UPDATE files SET content = 999 WHERE id = 2"],
];

const asks = (project: string) => [
  () => engine.project.open({ project }),
  () => engine.project.overview({ project }),
  () => reportText(engine, project),
  () => engine.export({ project, what: "neighbors", out: join(freshFolder(), "n.csv") }),
  () => engine.plan.make({ project }),
  () => engine.similar.toImage({ project, image: IMAGE, limit: 3 }),
];

test.each([...SCHEMAS, ...VALUES.slice(0, 7)])(
  "a project with %s is refused in one line, and stays as it is",
  async (_what, statements) => {
    const project = changed(statements);
    const before = readFileSync(project);
    for (const ask of [...asks(project), () => scanWith(engine, { splits, project })]) {
      const refusal: unknown = await ask().then(
        () => "answered",
        (cause) => cause,
      );
      if (refusal === "answered" && ask.toString().includes("scanWith")) continue;
      expect(refusal).toMatchObject({ code: "PROJECT_INVALID" });
      expect((refusal as Error).message).not.toMatch(/\n|SQLITE|RangeError|SqliteError|TypeError/);
    }
    if (SCHEMAS.some(([, own]) => own === statements)) {
      expect(readFileSync(project).equals(before)).toBe(true);
    }
  },
);

test.each(VALUES)("a project with %s never shows a raw error", async (_what, statements) => {
  const project = changed(statements);
  for (const ask of asks(project)) {
    const refusal: unknown = await ask().then(
      () => null,
      (cause) => cause,
    );
    if (refusal === null) continue;
    expect(refusal).toMatchObject({ code: "PROJECT_INVALID" });
  }
});

test("a project whose strict tables hold NULL and text where they should not is refused", async () => {
  const project = changed(
    `${untyped("contents")} UPDATE contents SET width = 'wide', signature = NULL;
     PRAGMA writable_schema = ON;
     UPDATE sqlite_schema SET sql = (SELECT 'CREATE TABLE contents (id INTEGER PRIMARY KEY, sha256 BLOB NOT NULL UNIQUE)')
       WHERE name = 'contents';`,
    true,
  );
  for (const ask of asks(project)) {
    await expect(ask()).rejects.toMatchObject({ code: "PROJECT_INVALID" });
  }
});

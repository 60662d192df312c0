import { mkdirSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { drawnJpeg, folderOf, picture, pictures, writeFiles } from "../support/drawn-data-set.ts";
import { freshFolder } from "../support/fresh-folder.ts";
import {
  reportOf,
  reportText,
  runningEngine,
  scanWith,
  withoutSeconds,
} from "../support/running-engine.ts";

const engine = runningEngine();

/** A scanned data set: six images in train, four in test, one of them a copy of the first train image. */
async function scanned() {
  const root = await folderOf({
    ...pictures("train/cat", 6),
    ...pictures("test/cat", 3, 10),
    "test/cat/copy.jpg": 1,
  });
  const project = join(freshFolder(), "p.twinlens");
  const splits = ["train", "test"].map((name) => ({ name, root: join(root, name) }));
  const rescan = () => scanWith(engine, { splits, project });
  expect(await rescan()).toMatchObject({ images: 10 });
  return { root, project, splits, rescan, report: () => reportOf(engine, project) };
}

test("a rescan without changes reads nothing and gives the same report", async () => {
  const { project, rescan } = await scanned();
  const before = withoutSeconds(await reportText(engine, project));
  expect(await rescan()).toMatchObject({ images: 10, embedded: 0 });
  expect(withoutSeconds(await reportText(engine, project))).toBe(before);
});

test("images that an earlier version decoded in another way are embedded again", async () => {
  const { root, project, rescan } = await scanned();
  await writeFiles(root, { "test/cat/drawn.png": await picture(40).png().toBuffer() });
  await rescan();
  const before = withoutSeconds(await reportText(engine, project));
  const database = new Database(project);
  database.prepare("UPDATE embeddings SET vector = zeroblob(length(vector))").run();
  database.prepare("DELETE FROM settings WHERE name LIKE 'decode version%'").run();
  database.close();
  // Two of the ten JPEGs have the same bytes.
  expect(await rescan()).toMatchObject({ images: 11, embedded: 10 });
  const zeros = new Database(project, { readonly: true });
  expect(
    zeros.prepare("SELECT count(*) FROM embeddings WHERE vector = zeroblob(1024)").pluck().get(),
  ).toBe(0);
  zeros.close();
  expect(withoutSeconds(await reportText(engine, project))).toBe(before);
  expect(await rescan()).toMatchObject({ embedded: 0 });
});

test("files that were renamed or moved to another split are not embedded again", async () => {
  const { root, rescan, report } = await scanned();
  renameSync(join(root, "train/cat/001.jpg"), join(root, "train/cat/renamed.jpg"));
  mkdirSync(join(root, "train/dog"));
  renameSync(join(root, "train/cat/002.jpg"), join(root, "train/dog/002.jpg"));
  renameSync(join(root, "train/cat/003.jpg"), join(root, "test/cat/003.jpg"));
  expect(await rescan()).toMatchObject({ images: 10, embedded: 0 });
  const { clusters, images, splits } = await report();
  expect(splits.map((split) => split.images)).toEqual([5, 5]);
  expect(clusters).toHaveLength(1);
  expect(images.map(({ split, path }) => `${split}/${path}`).sort()).toEqual([
    "test/cat/copy.jpg",
    "train/cat/renamed.jpg",
  ]);
});

test("a data set that was moved as a whole is not embedded again", async () => {
  const { root, project } = await scanned();
  const moved = join(freshFolder(), "moved");
  renameSync(root, moved);
  const splits = ["train", "test"].map((name) => ({ name, root: join(moved, name) }));
  expect(await scanWith(engine, { splits, project })).toMatchObject({ images: 10, embedded: 0 });
  expect((await reportOf(engine, project)).splits.map((split) => split.root)).toEqual(
    splits.map((split) => split.root),
  );
});

test("a file with a new modification time is read but not embedded again", async () => {
  const { root, rescan } = await scanned();
  utimesSync(join(root, "train/cat/002.jpg"), new Date(), new Date());
  expect(await rescan()).toMatchObject({ images: 10, embedded: 0 });
});

test.each([
  ["written over", (file: string, bytes: Buffer) => writeFileSync(file, bytes)],
  [
    "replaced by another file",
    (file: string, bytes: Buffer) => {
      writeFileSync(`${file}.new`, bytes);
      renameSync(`${file}.new`, file);
    },
  ],
])("a file %s with the same size and modification time is read again", async (_how, replace) => {
  const { root, rescan, report } = await scanned();
  const file = join(root, "test/cat/010.jpg");
  const size = Math.max((await drawnJpeg(2)).length, (await drawnJpeg(10)).length);
  const padded = async (seed: number) => {
    const bytes = await drawnJpeg(seed);
    return Buffer.concat([bytes, Buffer.alloc(size - bytes.length)]);
  };
  const time = new Date(1_600_000_000_000);
  const write = async (seed: number) => {
    replace(file, await padded(seed));
    utimesSync(file, time, time);
    return statSync(file);
  };
  const before = await write(10);
  await rescan();
  expect((await report()).leaks.find(({ from }) => from === "test")).toMatchObject({ images: 1 });

  const after = await write(2);
  expect([after.size, after.mtimeMs]).toEqual([before.size, before.mtimeMs]);
  await rescan();
  expect((await report()).leaks.find(({ from }) => from === "test")).toMatchObject({ images: 2 });
});

test("an added, changed or deleted file is in the next report, and ids do not change", async () => {
  const { root, rescan, report } = await scanned();
  const before = await report();
  await writeFiles(root, { "train/cat/new.jpg": 10, "train/cat/002.jpg": 50 });
  rmSync(join(root, "test/cat/011.jpg"));
  expect(await rescan()).toMatchObject({ images: 10, embedded: 1 });
  const after = await report();
  expect(after.splits.map((split) => split.images)).toEqual([7, 3]);
  const names = after.images.map(({ split, path }) => `${split}/${path}`);
  expect(names).toContain("train/cat/new.jpg");
  expect(names).not.toContain("test/cat/011.jpg");
  expect(after.leaks.find(({ from }) => from === "test")).toMatchObject({ images: 2, of: 3 });
  for (const { id, split, path } of before.images) {
    expect(after.images.find((image) => image.id === id)).toMatchObject({ split, path });
  }
});

test("a split left out of a scan is not in its report, and needs no work when it returns", async () => {
  const { project, splits, rescan } = await scanned();
  const before = withoutSeconds(await reportText(engine, project));
  const [train] = splits;
  if (!train) throw new Error("There is no train split");
  expect(await scanWith(engine, { splits: [train], project })).toMatchObject({ images: 6 });
  expect(await reportOf(engine, project)).toMatchObject({ clusters: [], leaks: [] });
  expect(await rescan()).toMatchObject({ images: 10, embedded: 0 });
  expect(withoutSeconds(await reportText(engine, project))).toBe(before);
});

test("the same folders find their project again, in any order", async () => {
  const { splits } = await scanned();
  const first = await scanWith(engine, { splits });
  const again = await scanWith(engine, { splits: [...splits].reverse() });
  expect(again.project).toBe(first.project);
  expect(again.embedded).toBe(0);
  const [train, ...rest] = splits;
  const renamed = [{ name: "other", root: train?.root ?? "" }, ...rest];
  expect((await scanWith(engine, { splits: renamed })).project).not.toBe(first.project);
});

test("a cancelled scan keeps its results, and the next continues to the same report", async () => {
  // Enough that the cancellation arrives in time on any machine.
  const files: Record<string, Buffer> = {};
  for (let seed = 1; seed <= 40; seed++)
    for (let quality = 30; quality < 90; quality += 5)
      files[`cat/${seed}-${quality}.jpg`] = await picture(seed).jpeg({ quality }).toBuffer();
  const root = await folderOf(files);
  const splits = [{ name: "all", root }];
  const undisturbed = join(freshFolder(), "undisturbed.twinlens");
  const project = join(freshFolder(), "cancelled.twinlens");
  await scanWith(engine, { splits, project: undisturbed });
  const cancel = new AbortController();
  const scanning = scanWith(
    engine,
    { splits, project, threads: 1, batchSize: 4 },
    {
      signal: cancel.signal,
      onEvent: (event) => {
        if (event.type === "progress" && event.stage === "embed" && event.done > 10) cancel.abort();
      },
    },
  );
  await expect(scanning).rejects.toThrow(/abort/i);
  const { embedded } = await scanWith(engine, { splits, project });
  expect(embedded).toBeGreaterThan(0);
  expect(embedded).toBeLessThan(Object.keys(files).length);
  expect(withoutSeconds(await reportText(engine, project))).toBe(
    withoutSeconds(await reportText(engine, undisturbed)),
  );
});

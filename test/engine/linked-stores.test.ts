import { hash } from "node:crypto";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import Database from "better-sqlite3";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import type { ScanRequest } from "../../src-main/contract/scan-request.ts";
import { drawnJpeg } from "../support/drawn-data-set.ts";
import { freshFolder } from "../support/fresh-folder.ts";
import { reportOf, runningEngine, scanWith } from "../support/running-engine.ts";

const engine = runningEngine();

/** An image, its pixels in another format, and others. */
async function images(): Promise<Record<string, Buffer>> {
  const jpeg = await drawnJpeg(1);
  return {
    "train/1.jpg": jpeg,
    "train/2.jpg": await drawnJpeg(2),
    "test/same.png": await sharp(jpeg).png().toBuffer(),
    "test/3.jpg": await drawnJpeg(3),
  };
}

/** Writes the images into a store and a link to each into the data set. */
async function link(dataSet: string, store: string, ending: (name: string) => string) {
  for (const [name, bytes] of Object.entries(await images())) {
    const [from, to] = [join(dataSet, name), join(store, ending(name))];
    for (const file of [from, to]) mkdirSync(dirname(file), { recursive: true });
    writeFileSync(to, bytes);
    symlinkSync(to, from);
  }
}

const byName = (dataSet: string) =>
  ["train", "test"].map((name) => ({ name, root: join(dataSet, name) }));

async function scanned(request: ScanRequest) {
  const project = join(freshFolder(), "p.twinlens");
  await scanWith(engine, { ...request, project });
  const database = new Database(project);
  const thumbnails = database
    .prepare("SELECT count(*) FROM contents WHERE thumbnail IS NOT NULL")
    .pluck()
    .get();
  database.close();
  const { clusters } = await reportOf(engine, project);
  const kinds = clusters.flatMap(({ pairs }) => pairs.map(({ kind }) => kind));
  return { project, thumbnails, kinds };
}

const COMPARED = { thumbnails: 2, kinds: ["same-pixels"] };

describe.runIf(process.platform !== "win32")("stored pictures of images behind links", () => {
  test("into the cache of DVC are compared and get thumbnails", async () => {
    const repository = freshFolder();
    const dataSet = join(repository, "data");
    await link(dataSet, join(repository, ".dvc/cache/files/md5"), (name) => `ab/${sha1(name)}`);
    expect(await scanned({ splits: byName(dataSet) })).toMatchObject(COMPARED);
  });

  test("into the blobs of the Hugging Face hub are compared and get thumbnails", async () => {
    const repository = join(freshFolder(), "datasets--own--set");
    const dataSet = join(repository, "snapshots", "0123abcd");
    await link(dataSet, join(repository, "blobs"), sha1);
    expect(await scanned({ splits: byName(dataSet) })).toMatchObject(COMPARED);
  });

  test("into a folder that the person names are compared and get thumbnails", async () => {
    const [dataSet, store] = [freshFolder(), freshFolder()];
    await link(dataSet, store, sha1);
    const splits = byName(dataSet);
    expect(await scanned({ splits, followLinks: [store] })).toMatchObject(COMPARED);
  });

  test("in a second folder of a split, itself a link, are compared and get thumbnails", async () => {
    const [root, elsewhere] = [freshFolder(), freshFolder()];
    for (const [name, bytes] of Object.entries(await images())) {
      const [split = "", file = ""] = name.split("/");
      const folder = split === "test" ? elsewhere : join(root, "own", split);
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, file), bytes);
    }
    mkdirSync(join(root, "more"));
    mkdirSync(join(root, "own/test"));
    writeFileSync(join(root, "own/test/4.jpg"), await drawnJpeg(4));
    symlinkSync(elsewhere, join(root, "more/test"));
    const splits = [
      { name: "train", root: join(root, "own/train") },
      { name: "test", root, folders: ["own/test", "more/test"] },
    ];
    expect(await scanned({ splits })).toMatchObject(COMPARED);
  });
});

/** A name as a store gives it to a file: without an ending. */
function sha1(name: string): string {
  return hash("sha1", name, "hex");
}

import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { ApplyRequest, ApplyResult } from "../../src-main/contract/apply.ts";
import type { ImageId } from "../../src-main/contract/ids.ts";
import { drawnJpeg, folderOf, pictures, writeFiles } from "../support/drawn-data-set.ts";
import { freshFolder } from "../support/fresh-folder.ts";
import { reportOf, runningEngine, scanWith } from "../support/running-engine.ts";

const engine = runningEngine();

/** Three copies of one image, which also appears in test, and different images. */
async function scanned(protect: string[] = []) {
  const root = await folderOf({
    "train/cat/a.jpg": 1,
    "train/cat/b.jpg": 1,
    "train/cat/c.jpg": 1,
    ...pictures("train/cat", 4, 10),
    "test/cat/leak.jpg": 1,
    ...pictures("test/cat", 3, 20),
  });
  const project = join(freshFolder(), "p.twinlens");
  const splits = ["train", "test"].map((name) => ({ name, root: join(root, name) }));
  const rescan = () => scanWith(engine, { splits, project, protect });
  await rescan();
  const { images } = await reportOf(engine, project, { strategy: "cosine", cosine: -1 });
  const id = (name: string): ImageId => {
    const found = images.find(({ split, path }) => `${split}/${path}` === name);
    if (!found) throw new Error(`There is no ${name}`);
    return found.id;
  };
  const remove = (...names: string[]) =>
    engine.decisions.decide({
      project,
      decision: { type: "mark", images: names.map(id), mark: "remove" },
    });
  const check = async (name: string, mayEmpty: "all" | [] = []) => {
    const results = await resultsOf({ project, to: { way: "trash" }, dryRun: true, mayEmpty });
    return results.find(({ split, path }) => `${split}/${path}` === name);
  };
  return { root, project, rescan, id, remove, check };
}

/** Applies a plan of the marked images. */
async function resultsOf(request: ApplyRequest): Promise<ApplyResult[]> {
  const results: ApplyResult[] = [];
  for await (const event of await engine.apply.run({ kinds: [], ...request })) {
    if (event.type === "result") results.push(event);
  }
  return results;
}

test("a file that is marked and unchanged since the scan can be removed", async () => {
  const { root, remove, check, id } = await scanned();
  await remove("train/cat/a.jpg");
  expect(await check("train/cat/a.jpg")).toMatchObject({
    image: id("train/cat/a.jpg"),
    done: true,
    reason: null,
  });
  utimesSync(join(root, "train/cat/a.jpg"), new Date(), new Date());
  expect((await check("train/cat/a.jpg"))?.reason).toBeNull();
});

describe("a sidecar shared by two removed images", () => {
  /** @param answer the trash's reply for each image: why it is kept, or `null` */
  async function trashBoth(answer: (path: string, root: string) => string | null) {
    const root = await folderOf({
      "train/both.jpg": 1,
      "train/both.jpeg": 2,
      "train/both.txt": "0 0.5 0.5 1 1",
      ...pictures("train", 3, 10),
      "test/one.jpg": 1,
      "test/two.jpg": 2,
    });
    const project = join(freshFolder(), "p.twinlens");
    const splits = ["train", "test"].map((name) => ({ name, root: join(root, name) }));
    await scanWith(engine, { splits, project });
    const results: ApplyResult[] = [];
    const asked: string[] = [];
    for await (const event of await engine.apply.run({ project, to: { way: "trash" } })) {
      if (event.type === "result") results.push(event);
      else {
        const path = event.file.slice(join(root, "train/").length);
        asked.push(path);
        const reason = answer(path, root);
        if (reason === null) rmSync(event.file);
        await engine.apply.trashed({ ticket: event.ticket, reason });
      }
    }
    return { asked, results, left: existsSync(join(root, "train/both.txt")) };
  }

  test("is removed with the last of them", async () => {
    const { asked, results, left } = await trashBoth(() => null);
    expect(asked).toHaveLength(3);
    expect(asked[2]).toBe("both.txt");
    expect(results.map(({ sidecars }) => sidecars)).toEqual([0, 1]);
    expect(left).toBe(false);
  });

  test("is kept if the trash refuses the first", async () => {
    let first = true;
    const { results, left } = await trashBoth(() => {
      const refuses = first;
      first = false;
      return refuses ? "not today" : null;
    });
    expect(left).toBe(true);
    expect(results).toMatchObject([
      { done: false, reason: "not today" },
      { done: true, sidecars: 0, reason: expect.stringMatching(/^both\.txt stays: /) },
    ]);
  });

  test("is kept if the second changes while the first is being removed", async () => {
    const { results, left } = await trashBoth((path, root) => {
      const other = path === "both.jpg" ? "both.jpeg" : "both.jpg";
      appendFileSync(join(root, "train", other), "changed since");
      return null;
    });
    expect(left).toBe(true);
    expect(results).toMatchObject([
      { done: true, sidecars: 0 },
      { done: false, reason: expect.stringMatching(/changed since the scan/) },
    ]);
  });
});

describe("a file is kept", () => {
  test("if its split has become protected", async () => {
    const { project, remove, check, id, rescan } = await scanned();
    await remove("train/cat/a.jpg");
    expect(await rescan()).toMatchObject({ embedded: 0 });
    const { splits } = await engine.project.open({ project });
    await scanWith(engine, {
      splits: splits.map(({ name, root }) => ({ name, root })),
      project,
      protect: ["train"],
    });
    expect(await check("train/cat/a.jpg")).toBeUndefined();
    const { operations } = await engine.plan.make({ project, kinds: [] });
    expect(operations.map(({ image }) => image)).not.toContain(id("train/cat/a.jpg"));
  });

  test("if it was changed, even with the same size", async () => {
    const { root, remove, check } = await scanned();
    await remove("train/cat/a.jpg");
    const bytes = Buffer.from(readFileSync(join(root, "train/cat/a.jpg")));
    bytes[bytes.length - 3] = (bytes[bytes.length - 3] ?? 0) ^ 1;
    await writeFiles(root, { "train/cat/a.jpg": bytes });
    expect((await check("train/cat/a.jpg"))?.reason).toMatch(/changed since the scan/);
  });

  test("if its folder has become a link to another place", async () => {
    const { root, remove, check } = await scanned();
    await remove("train/cat/a.jpg");
    const elsewhere = join(freshFolder(), "cat");
    renameSync(join(root, "train/cat"), elsewhere);
    symlinkSync(elsewhere, join(root, "train/cat"));
    expect((await check("train/cat/a.jpg"))?.reason).toMatch(/outside its split/);
  });

  test("if every copy to be kept is gone or changed, unless the cluster may be emptied", async () => {
    const { root, remove, check } = await scanned();
    await remove("train/cat/a.jpg", "train/cat/b.jpg");
    rmSync(join(root, "train/cat/c.jpg"));
    expect((await check("train/cat/a.jpg"))?.reason).toBeNull();
    await writeFiles(root, { "test/cat/leak.jpg": 77 });
    expect((await check("train/cat/a.jpg"))?.reason).toMatch(/^its cluster would lose all images/);
    expect((await check("train/cat/a.jpg", "all"))?.reason).toBeNull();
    await writeFiles(root, { "test/cat/leak.jpg": 1 });
    expect((await check("train/cat/a.jpg"))?.reason).toBeNull();
    await remove("train/cat/c.jpg", "test/cat/leak.jpg");
    expect((await check("train/cat/a.jpg"))?.reason).toMatch(/^its cluster would lose all images/);
  });

  test.runIf(process.platform === "linux")("if its name is not UTF-8", async () => {
    const root = await folderOf(pictures("cat", 6));
    const name = Buffer.from([0x63, 0xe9, 0x22, 0x2e, 0x6a, 0x70, 0x67]);
    writeFileSync(Buffer.concat([Buffer.from(`${root}/`), name]), await drawnJpeg(2));
    const project = join(freshFolder(), "p.twinlens");
    await scanWith(engine, { splits: [{ name: "all", root }], project });
    const { images } = await reportOf(engine, project);
    const image = images.find(({ path }) => path === 'c\udce9".jpg')?.id;
    if (image === undefined) throw new Error("The report lacks the file");
    const decision = { type: "mark" as const, images: [image], mark: "remove" as const };
    await engine.decisions.decide({ project, decision });
    const { operations } = await engine.plan.make({ project, kinds: [] });
    expect(operations).toMatchObject([{ image, path: 'c\udce9".jpg' }]);
    const request = { project, mayEmpty: "all" as const, dryRun: true };
    const [result] = await resultsOf({ ...request, to: { way: "trash" } });
    expect(result?.reason).toMatch(/not valid UTF-8/);
  });

  test("if it is a link, a folder, or missing", async () => {
    const { root, remove, check } = await scanned();
    await remove("train/cat/a.jpg");
    const file = join(root, "train/cat/a.jpg");
    rmSync(file);
    expect((await check("train/cat/a.jpg"))?.reason).toMatch(/missing/);
    symlinkSync(join(root, "train/cat/b.jpg"), file);
    expect((await check("train/cat/a.jpg"))?.reason).toMatch(/link/);
    rmSync(file);
    mkdirSync(file);
    expect((await check("train/cat/a.jpg"))?.reason).toMatch(/not a regular file/);
  });
});

test("only images that the user has seen in the plan are removed", async () => {
  const { root, project, remove, id } = await scanned();
  await remove("train/cat/a.jpg");
  const { operations } = await engine.plan.make({ project, kinds: [] });
  const only = operations.map(({ image }) => image);
  await remove("train/cat/b.jpg");
  expect(await resultsOf({ project, only })).toMatchObject([
    { image: id("train/cat/a.jpg"), done: true },
  ]);
  expect(existsSync(join(root, "train/cat/b.jpg"))).toBe(true);
});

test("the other copies of an image keep its pairs when the first copy is removed", async () => {
  const { root, project, remove, id, rescan } = await scanned();
  const all = { strategy: "cosine", cosine: -1 } as const;
  const before = await reportOf(engine, project, all);
  const first = id("train/cat/a.jpg");
  const partners = (pairs: { a: number; b: number }[], of: number) =>
    pairs.flatMap(({ a, b }) => (a === of ? [b] : b === of ? [a] : [])).length;
  await remove("train/cat/a.jpg");
  expect(await resultsOf({ project })).toMatchObject([{ image: first, done: true }]);
  expect(existsSync(join(root, "train/cat/a.jpg"))).toBe(false);
  const after = await reportOf(engine, project, all);
  expect(after.clusters[0]?.size).toBe((before.clusters[0]?.size ?? 0) - 1);
  const pairsBefore = before.clusters.flatMap(({ pairs }) => pairs);
  const pairsAfter = after.clusters.flatMap(({ pairs }) => pairs);
  // One fewer: the pair of the removed copy with the copy that now represents the image.
  expect(partners(pairsAfter, id("train/cat/b.jpg"))).toBe(partners(pairsBefore, first) - 1);
  expect(pairsAfter.length).toBe(pairsBefore.length - 1);
  const figures = await engine.review.figures({ project, threshold: all });
  expect(figures).toMatchObject({ clusteredImages: after.images.length });
  expect(await engine.decisions.state({ project })).toMatchObject({ remove: 0 });
  // A rescan gives the same result.
  await rescan();
  const again = await reportOf(engine, project, all);
  expect(again.clusters.map(({ images }) => images)).toEqual(
    after.clusters.map(({ images }) => images),
  );
});

test("an image leaves all clusters with its last file", async () => {
  const { project, remove, id } = await scanned();
  await remove("train/cat/a.jpg", "train/cat/b.jpg", "train/cat/c.jpg", "test/cat/leak.jpg");
  const image = id("test/cat/leak.jpg");
  expect(await resultsOf({ project })).toMatchObject(Array(4).fill({ done: false }));
  expect(await resultsOf({ project, mayEmpty: [image] })).toMatchObject(
    Array(4).fill({ done: true }),
  );
  expect((await reportOf(engine, project)).clusters).toEqual([]);
  const { rows } = await engine.review.clusters({
    project,
    threshold: { strategy: "cosine", cosine: -1 },
    offset: 0,
    limit: 10,
  });
  expect(rows[0]?.size).toBe(7);
});

test("opened projects are listed, latest first, until they are forgotten", async () => {
  const own = runningEngine();
  const { project, root } = await scanned();
  const info = await own.project.open({ project });
  expect(info.key).toMatch(/^[0-9a-f]{12}$/);
  expect(root.endsWith(info.name)).toBe(true);
  expect(await own.project.recent()).toMatchObject([{ project, images: 11, present: true }]);
  expect(await own.project.forget({ project })).toEqual([]);
});

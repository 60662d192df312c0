import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { ApplyResult } from "../../src-main/contract/apply.ts";
import type { PageApply } from "../../src-main/contract/host.ts";
import type { ImageId } from "../../src-main/contract/ids.ts";
import { drawnJpeg, folderOf, pictures } from "../support/drawn-data-set.ts";
import { freshFolder } from "../support/fresh-folder.ts";
import { runningEngine, scanWith } from "../support/running-engine.ts";
import type { Page, Server } from "../support/serving.ts";

// The trash package looks up the trash folder when it is loaded, together with the server.
const dataHome = freshFolder();
vi.stubEnv("XDG_DATA_HOME", dataHome);
const { startServer } = await import("../support/serving.ts");
const trash = join(dataHome, "Trash");

describe.runIf(process.platform === "linux")("applying a plan for a page", () => {
  let root: string;
  let project: string;
  let server: Server;
  let page: Page;
  /** Image ids by their paths below the root. */
  let ids: Map<string, ImageId>;

  beforeAll(async () => {
    root = await folderOf({
      ...pictures("train", 12),
      "train/copy of 1.jpg": 1,
      "train/copy of 2.jpg": 2,
      "train/copy of 3.jpg": 3,
      "train/copy of 4.jpg": 4,
      "train/copy of 5.jpg": 5,
    });
    const dataFolder = freshFolder();
    const engine = runningEngine(dataFolder);
    project = join(root, "p.twinlens");
    await scanWith(engine, { splits: [{ name: "train", root: join(root, "train") }], project });
    server = await startServer({
      startEngine: () => ({
        client: engine,
        crashed: new Promise(() => {}),
        [Symbol.asyncDispose]: async () => {},
      }),
      roots: [root],
      dataFolder,
    });
    page = await server.connect();
    const { rows } = await page.review.clusters({ project, offset: 0, limit: 100 });
    const details = await page.pictures.details({
      project,
      images: rows.flatMap(({ images }) => images),
    });
    ids = new Map(details.map(({ path, image }) => [path, image]));
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const idOf = (path: string): ImageId => {
    const id = ids.get(path);
    if (id === undefined) throw new Error(`No cluster holds ${path}`);
    return id;
  };

  /** Marks these images for removal, and no others. */
  async function mark(...paths: string[]): Promise<void> {
    // The project no longer contains images that were removed.
    const present = [...ids].filter(([path]) => existsSync(fileOf(path)));
    const images = present.map(([, id]) => id);
    await page.decisions.decide({ project, decision: { type: "mark", images, mark: null } });
    const decision = { type: "mark" as const, images: paths.map(idOf), mark: "remove" as const };
    await page.decisions.decide({ project, decision });
  }

  async function followed<Counts>(answers: AsyncIterator<ApplyResult, Counts>) {
    const results: ApplyResult[] = [];
    for (;;) {
      const { done, value } = await answers.next();
      if (done) return { results, counts: value };
      results.push(value);
    }
  }

  /** Removes the marked images and nothing else. */
  const remove = async (request: Partial<PageApply> = {}) =>
    followed(await page.host.apply({ project, kinds: [], way: "trash", ...request }));
  const plan = () => page.plan.make({ project, kinds: [] });

  const trashed = () => readdirSync(join(trash, "files"));
  const fileOf = (path: string) => join(root, "train", path);

  test("moves the files to the trash intact and updates the project", async () => {
    await mark("copy of 1.jpg");
    const { results, counts } = await remove();
    expect(results).toEqual([
      {
        image: idOf("copy of 1.jpg"),
        split: "train",
        path: "copy of 1.jpg",
        done: true,
        to: null,
        sidecars: 0,
        reason: null,
        refusedByTrash: false,
      },
    ]);
    expect(counts).toEqual({ done: 1, left: 0 });
    expect(existsSync(fileOf("copy of 1.jpg"))).toBe(false);
    expect(existsSync(fileOf("001.jpg"))).toBe(true);
    const [file = ""] = trashed();
    expect(readFileSync(join(trash, "files", file))).toEqual(await drawnJpeg(1));
    expect(readFileSync(join(trash, "info", `${file}.trashinfo`), "utf8")).toContain(
      encodeURI(fileOf("copy of 1.jpg")),
    );
    expect((await plan()).operations).toEqual([]);
  });

  test("skips a cluster that would lose all images, unless that is allowed", async () => {
    await mark("002.jpg", "copy of 2.jpg");
    const before = trashed().length;
    const held = await remove();
    expect(held.counts).toEqual({ done: 0, left: 2 });
    expect(held.results.map(({ done, reason }) => [done, reason])).toEqual(
      Array(2).fill([false, expect.stringMatching(/^its cluster would lose all images/)]),
    );
    expect(trashed()).toHaveLength(before);

    const [emptied] = (await plan()).emptied;
    if (!emptied) throw new Error("No cluster is emptied");
    expect((await remove({ mayEmpty: [emptied.cluster] })).counts).toEqual({ done: 2, left: 0 });
    expect(trashed()).toHaveLength(before + 2);
  });

  test("keeps the last copy that still exists, even if another was to be kept", async () => {
    await mark("copy of 5.jpg");
    const away = `${fileOf("005.jpg")}.away`;
    renameSync(fileOf("005.jpg"), away);
    const { results, counts } = await remove();
    expect(counts).toEqual({ done: 0, left: 1 });
    expect(results[0]?.reason).toMatch(/^its cluster would lose all images/);
    expect(existsSync(fileOf("copy of 5.jpg"))).toBe(true);
    renameSync(away, fileOf("005.jpg"));
    expect((await remove()).counts).toEqual({ done: 1, left: 0 });
  });

  test("keeps a file that has changed since the scan", async () => {
    await mark("copy of 3.jpg");
    writeFileSync(fileOf("copy of 3.jpg"), "something else");
    const { results, counts } = await remove();
    expect(counts).toEqual({ done: 0, left: 1 });
    expect(results[0]?.reason).toMatch(/./);
    expect(readFileSync(fileOf("copy of 3.jpg"), "utf8")).toBe("something else");
  });

  test("keeps a file that the trash refuses, with the reason", async () => {
    await mark("copy of 4.jpg");
    rmSync(trash, { recursive: true });
    writeFileSync(trash, "where the trash's folder should be");
    const { results, counts } = await remove();
    expect(counts).toEqual({ done: 0, left: 1 });
    expect(results[0]?.reason).toMatch(/^The system's trash refused it: /);
    expect(readFileSync(fileOf("copy of 4.jpg"))).toEqual(await drawnJpeg(4));
    expect(results[0]?.refusedByTrash).toBe(true);
    expect((await plan()).operations).toHaveLength(1);
  });

  test("moves files that the trash refused to the quarantine folder next to the project, and undoes that", async () => {
    await mark("copy of 4.jpg");
    expect((await remove({ way: "quarantine", dryRun: true })).counts).toEqual({
      done: 1,
      left: 0,
    });
    expect(existsSync(fileOf("copy of 4.jpg"))).toBe(true);
    const { results } = await remove({ way: "quarantine" });
    const place = join(`${project}.quarantine`, "train", "copy of 4.jpg");
    expect(results).toMatchObject([{ done: true, to: place }]);
    expect(readFileSync(place)).toEqual(await drawnJpeg(4));
    expect(existsSync(fileOf("copy of 4.jpg"))).toBe(false);
    expect(await page.apply.last({ project })).toMatchObject({ images: 1, finished: true });

    const back = await followed(await page.apply.undo({ project }));
    expect(back.counts).toEqual({ done: 1, left: 0, rescan: false });
    expect(readFileSync(fileOf("copy of 4.jpg"))).toEqual(await drawnJpeg(4));
    expect(existsSync(place)).toBe(false);
    expect((await plan()).operations).toMatchObject([{ path: "copy of 4.jpg" }]);
  });
});

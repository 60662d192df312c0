import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startNodeEngine } from "../../src-main/engine-client/node-engine.ts";
import { folderOf, pictures } from "../support/drawn-data-set.ts";
import { freshFolder } from "../support/fresh-folder.ts";
import { childrenOf } from "../support/run-twinlens.ts";
import { type Page, type Server, startServer } from "../support/serving.ts";

/** A page with a connection, a server, and an engine in a separate process. Only the browser is missing. */
let root: string;
let outside: string;
let server: Server;
let page: Page;
let dataFolder: string;

beforeAll(async () => {
  root = await folderOf({
    ...pictures("train/cat", 30),
    ...pictures("test/cat", 4, 100),
    "test/cat/leak.jpg": 1,
  });
  outside = await folderOf(pictures("train", 1));
  dataFolder = freshFolder();
  server = await startServer({
    startEngine: () => startNodeEngine(dataFolder),
    roots: [root],
    dataFolder,
  });
  page = await server.connect();
});
afterAll(() => server[Symbol.asyncDispose]());

const OUTSIDE = { code: "OUTSIDE_ROOTS" };

/** Runs a scan to the end in the background, as the page does. */
async function scanned(splits: { name: string; root: string }[]): Promise<string> {
  const { project } = await page.scans.start({ splits, device: "cpu" });
  for await (const states of await page.scans.watch()) {
    const state = states.find((scan) => scan.project === project);
    if (state?.status === "failed") throw new Error(state.error?.message);
    if (state?.status === "done") break;
  }
  return project;
}

test("a data set can be found, scanned, opened and shown", async () => {
  const { folders } = await page.host.listFolder({ path: null });
  expect(folders.map(({ name }) => name)).toEqual(["test", "train"]);
  const { splits } = await page.recognizeSplits({ root });
  expect(splits.map(({ name }) => name)).toEqual(["train", "test"]);
  const project = await scanned(splits);
  const { key } = await page.project.open({ project });
  const { rows } = await page.review.clusters({ project, offset: 0, limit: 10 });
  expect(rows).toHaveLength(1);
  const [image] = rows[0]?.images ?? [];
  const picture = await server.get(`/pictures/${key}/${image}/160`, { cookie: server.session });
  expect(picture.status).toBe(200);
  expect(picture.headers["content-type"]).toMatch(/^image\//);
});

describe("outside the roots", () => {
  test("nothing can be inspected, scanned, written or listed", async () => {
    const splits = [{ name: "train", root: join(outside, "train") }];
    const inside = [{ name: "train", root: join(root, "train") }];
    const project = join(outside, "p.twinlens");
    await expect(page.recognizeSplits({ root: outside })).rejects.toMatchObject(OUTSIDE);
    await expect(page.inspectSplits({ splits })).rejects.toMatchObject(OUTSIDE);
    await expect(page.scans.start({ splits })).rejects.toMatchObject(OUTSIDE);
    await expect(page.scans.start({ splits: inside, project })).rejects.toMatchObject(OUTSIDE);
    await expect(page.project.open({ project })).rejects.toMatchObject(OUTSIDE);
    await expect(page.host.listFolder({ path: outside })).rejects.toMatchObject(OUTSIDE);
  });

  test("procedures that the page does not use cannot be called", async () => {
    const out = freshFolder();
    await expect(page.demo({ out })).rejects.toMatchObject({ code: "FORBIDDEN" });
    const splits = [{ name: "train", root: join(root, "train") }];
    await expect(page.scan({ splits })).rejects.toMatchObject({ code: "FORBIDDEN" });
  });
});

test.runIf(process.platform === "linux")(
  "an engine killed during a call fails it in one line and is replaced, and the page is notified",
  async () => {
    const events = await page.host.events();
    const heard = events.next();
    const [engine = -1] = childrenOf(process.pid).slice(-1);
    const asking = page.scans.watch().then(async (states) => {
      for await (const _ of states) process.kill(engine, "SIGKILL");
    });
    await expect(asking).rejects.toMatchObject({
      code: "ENGINE_ENDED",
      message: "The engine crashed (SIGKILL). Your work is saved. Try again.",
    });
    expect((await heard).value).toEqual({ type: "engine-restarted", reason: "SIGKILL" });
    expect((await page.recognizeSplits({ root })).splits).toHaveLength(2);
    await events.return();
  },
);

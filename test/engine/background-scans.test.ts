import { join } from "node:path";
import { expect, test } from "vitest";
import type { ScanState } from "../../src-main/contract/scans.ts";
import { folderOf, pictures } from "./drawn-data-set.ts";
import { freshFolder } from "./fresh-folder.ts";
import {
  type Engine,
  reportText,
  runningEngine,
  scanWith,
  withoutSeconds,
} from "./running-engine.ts";

/** Follows the scans until one of this project is as wanted. */
async function stateWhen(
  engine: Engine,
  project: string,
  wanted: (state: ScanState) => boolean,
): Promise<ScanState> {
  for await (const states of await engine.scans.watch()) {
    const state = states.find((candidate) => candidate.project === project);
    if (state && wanted(state)) return state;
  }
  throw new Error("The watch ended");
}

const over = ({ status }: ScanState) => status !== "running" && status !== "paused";

test("a background scan goes through and its report is that of any other", async () => {
  const engine = runningEngine();
  const root = await folderOf({
    ...pictures("cat", 12),
    "cat/copy.jpg": 3,
    "cat/broken.jpg": "no",
  });
  const splits = [{ name: "all", root }];
  const other = join(freshFolder(), "p.twinlens");
  await scanWith(engine, { splits, project: other });
  const { project } = await engine.scans.start({ splits, device: "cpu" });
  const state = await stateWhen(engine, project, over);
  expect(state).toMatchObject({ status: "done", unreadable: 1, device: "cpu", error: null });
  expect(state.stages.map(({ stage, finished }) => [stage, finished])).toEqual([
    ["walk", true],
    ["embed", true],
    ["neighbors", true],
    ["evidence", true],
  ]);
  expect(withoutSeconds(await reportText(engine, project))).toBe(
    withoutSeconds(await reportText(engine, other)),
  );
  const finds = await engine.scans.firstFinds({ project });
  expect(finds).toEqual({ images: 0, pairs: [] });
});

import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, readdirSync, utimesSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { build } from "vite";
import { beforeAll, describe, expect, test } from "vitest";
import { DISK } from "../../src-main/engine/apply/disk.ts";
import { Journal } from "../../src-main/engine/apply/journal.ts";
import { writeFiles } from "./drawn-data-set.ts";
import { freshFolder } from "./fresh-folder.ts";
import {
  apply,
  dataOf,
  faultyDisk,
  IMAGES,
  KEEPER,
  projectOf,
  quarantineOf,
  type Scene,
  sha256,
  treeOf,
  undo,
} from "./killable-apply.ts";

/** Kill points of each scene; with two processes killed at every other one, 204 in all. */
const RUNS = 34;
const AT_ONCE = 4;
const SEED = 20260;

/** In one file: two hundred processes start, and each would read and strip dozens of files. */
let program: string;
beforeAll(async () => {
  const outDir = freshFolder();
  await build({
    configFile: false,
    logLevel: "error",
    ssr: { noExternal: true },
    build: { ssr: join(import.meta.dirname, "killed-apply.ts"), outDir, target: "node22" },
  });
  program = join(outDir, "killed-apply.js");
});

async function newScene(kind: Omit<Scene, "root">): Promise<Scene> {
  const scene = { ...kind, root: freshFolder() };
  const names = [...IMAGES.flat(), KEEPER];
  await writeFiles(
    dataOf(scene),
    Object.fromEntries(names.map((name) => [name, `content of ${name}\n`.repeat(20)])),
  );
  names.forEach((name, at) => {
    chmodSync(join(dataOf(scene), name), at % 2 ? 0o640 : 0o600);
    utimesSync(join(dataOf(scene), name), 1_600_000_000, 1_600_000_000 + at + 0.123);
  });
  return scene;
}

/** Fault points that an act comes by when nothing stops it. */
async function countPoints(kind: Omit<Scene, "root">): Promise<{ apply: number; undo: number }> {
  const scene = await newScene(kind);
  let points = 0;
  const disk = faultyDisk(scene, () => {
    points++;
  });
  await apply(scene, disk);
  const applied = points;
  expect(await undo(scene, disk)).toEqual([]);
  return { apply: applied, undo: points - applied };
}

async function killed(act: "apply" | "undo", scene: Scene, killAt: number): Promise<void> {
  const words = [program, act, JSON.stringify(scene), String(killAt)];
  const child = spawn(process.execPath, words, { stdio: ["ignore", "ignore", "inherit"] });
  const [, signal] = await once(child, "exit");
  expect(signal).toBe("SIGKILL");
}

/** Whatever the moment, no content is gone; a file that is linked is never away under its own name. */
function expectNothingLost(scene: Scene, before: Record<string, string>): void {
  const held = new Set(
    [dataOf(scene), quarantineOf(scene)].flatMap((folder) =>
      Object.values(treeOf(folder)).map((facts) => facts.split(" ")[0]),
    ),
  );
  for (const [name, facts] of Object.entries(before)) {
    expect(held, `content of ${name}`).toContain(facts.split(" ")[0]);
    if (scene.way === "hardlink") expect(existsSync(join(dataOf(scene), name))).toBe(true);
  }
}

/** Every file is where the plan put it, and the journal says so. */
async function expectApplied(scene: Scene, before: Record<string, string>): Promise<void> {
  const moved = scene.way === "hardlink" ? IMAGES.map(([image = ""]) => image) : IMAGES.flat();
  const away = treeOf(quarantineOf(scene));
  expect(away).toEqual(Object.fromEntries(moved.map((name) => [name, before[name]])));
  const left = treeOf(dataOf(scene));
  if (scene.way === "quarantine") {
    const stays = Object.entries(before).filter(([name]) => !moved.includes(name));
    expect(left).toEqual(Object.fromEntries(stays));
  } else {
    for (const name of moved) {
      expect(sha256(join(dataOf(scene), name))).toBe(sha256(join(dataOf(scene), KEEPER)));
    }
    expect(Object.keys(left)).toEqual(Object.keys(before));
  }
  const journal = (await Journal.all(DISK, projectOf(scene))).at(-1);
  expect(journal?.finished).toBe(true);
  const told = journal?.outstanding.flatMap(({ intent, done }) =>
    (done ?? []).map((place) => intent.files[place]?.from.slice(dataOf(scene).length + 1) ?? ""),
  );
  expect(told?.sort()).toEqual([...moved].sort());
}

async function expectBack(scene: Scene, before: Record<string, string>): Promise<void> {
  expect(await undo(scene, DISK)).toEqual([]);
  expect(treeOf(dataOf(scene))).toEqual(before);
  expect(treeOf(quarantineOf(scene))).toEqual({});
  const journals = await Journal.all(DISK, projectOf(scene));
  expect(journals.flatMap(({ outstanding }) => outstanding)).toEqual([]);
}

describe.each<Omit<Scene, "root">>([
  { way: "quarantine", across: false },
  { way: "quarantine", across: true },
  { way: "hardlink", across: false },
  { way: "hardlink", across: true },
])("$way, to another file system: $across", (kind) => {
  test(`killed at ${RUNS} random points and started again, nothing is lost and all comes back`, async () => {
    const points = await countPoints(kind);
    const draws = fc.sample(
      fc.tuple(fc.integer({ min: 1, max: points.apply }), fc.integer({ min: 1, max: points.undo })),
      { numRuns: RUNS, seed: SEED },
    );
    const runs = draws.map(([applyAt, undoAt], at) => async () => {
      const scene = await newScene(kind);
      const before = treeOf(dataOf(scene));
      await killed("apply", scene, applyAt);
      expectNothingLost(scene, before);
      if (at % 2 === 0) {
        await apply(scene, DISK);
        await expectApplied(scene, before);
        await killed("undo", scene, undoAt);
        expectNothingLost(scene, before);
      }
      await expectBack(scene, before);
    });
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        for (let run = runs.shift(); run; run = runs.shift()) await run();
      }),
    );
  });
});

test("an undo that was killed is gone on with by an apply, too", async () => {
  const kind = { way: "quarantine", across: false } as const;
  const { undo: most } = await countPoints(kind);
  const scene = await newScene(kind);
  const before = treeOf(dataOf(scene));
  await apply(scene, DISK);
  await killed("undo", scene, Math.floor(most / 2));
  await apply(scene, DISK);
  await expectApplied(scene, before);
  expect(readdirSync(`${projectOf(scene)}.journal`)).toHaveLength(1);
  await expectBack(scene, before);
});

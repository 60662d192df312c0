import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, readdirSync, utimesSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { build } from "vite";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { DISK } from "../../src-main/engine/removal/apply/disk.ts";
import { Journal } from "../../src-main/engine/removal/apply/journal.ts";
import type { Means } from "../../src-main/engine/removal/apply/ways.ts";
import { writeFiles } from "../support/drawn-data-set.ts";
import { freshFolder } from "../support/fresh-folder.ts";
import {
  apply,
  dataHomeOf,
  dataOf,
  faultyMeans,
  IMAGES,
  KEEPER,
  projectOf,
  quarantineOf,
  type Scene,
  sha256,
  trashOf,
  treeOf,
  undo,
} from "../support/killable-apply.ts";

/** Kill points per scene that uses a folder. Every other one kills two processes, which makes 204 in total. */
const RUNS = 34;
/** Kill points for the other ways, which have few fault points. */
const FEW_RUNS = 6;
const AT_ONCE = 4;
const SEED = 20260;

/** Bundled into one file, because two hundred processes start and each would read and strip dozens of files. */
let program: string;
beforeAll(async () => {
  const outDir = freshFolder();
  await build({
    configFile: false,
    logLevel: "error",
    ssr: { noExternal: true },
    build: {
      ssr: join(import.meta.dirname, "../support/killed-apply.ts"),
      outDir,
      target: "node22",
    },
  });
  program = join(outDir, "killed-apply.js");
});

afterAll(() => {
  vi.unstubAllEnvs();
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

/** Fault points that an action passes if nothing stops it. */
async function countPoints(kind: Omit<Scene, "root">): Promise<{ apply: number; undo: number }> {
  const scene = await newScene(kind);
  let points = 0;
  const means = faultyMeans(scene, () => {
    points++;
  });
  vi.stubEnv("XDG_DATA_HOME", dataHomeOf(scene));
  await apply(scene, means);
  const applied = points;
  if (kind.way !== "delete-forever") expect(await undo(scene, means)).toEqual([]);
  return { apply: applied, undo: points - applied };
}

async function killed(act: "apply" | "undo", scene: Scene, killAt: number): Promise<void> {
  const words = [program, act, JSON.stringify(scene), String(killAt)];
  const env = { ...process.env, XDG_DATA_HOME: dataHomeOf(scene) };
  const child = spawn(process.execPath, words, { env, stdio: ["ignore", "ignore", "inherit"] });
  const [, signal] = await once(child, "exit");
  expect(signal).toBe("SIGKILL");
}

/** At any moment, no content is lost, and a file that is being linked always exists under its own name. */
function expectNothingLost(scene: Scene, before: Record<string, string>): void {
  const held = new Set(
    [dataOf(scene), quarantineOf(scene), trashOf(scene)].flatMap((folder) =>
      Object.values(treeOf(folder)).map((facts) => facts.split(" ")[0]),
    ),
  );
  for (const [name, facts] of Object.entries(before)) {
    expect(held, `content of ${name}`).toContain(facts.split(" ")[0]);
    if (scene.way === "hardlink") expect(existsSync(join(dataOf(scene), name))).toBe(true);
  }
}

/** What was moved to the scene's folder or trash, by original name. */
function awayOf(scene: Scene): Record<string, string> {
  if (scene.way !== "trash") return treeOf(quarantineOf(scene));
  const trashed = Object.entries(treeOf(trashOf(scene)));
  return Object.fromEntries(trashed.map(([name, facts]) => [name.replace(" ", "/"), facts]));
}

/** Every file is where the plan put it, and the journal lists it. */
async function expectApplied(scene: Scene, before: Record<string, string>): Promise<void> {
  const moved = scene.way === "hardlink" ? IMAGES.map(([image = ""]) => image) : IMAGES.flat();
  expect(awayOf(scene)).toEqual(
    scene.way === "delete-forever"
      ? {}
      : Object.fromEntries(moved.map((name) => [name, before[name]])),
  );
  const left = treeOf(dataOf(scene));
  if (scene.way !== "hardlink") {
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
  expect(await undo(scene, plainMeans(scene))).toEqual([]);
  expect(treeOf(dataOf(scene))).toEqual(before);
  expect(awayOf(scene)).toEqual({});
  const journals = await Journal.all(DISK, projectOf(scene));
  expect(journals.flatMap(({ outstanding }) => outstanding)).toEqual([]);
}

const plainMeans = (scene: Scene) => ({ ...faultyMeans(scene, () => {}), disk: DISK });

describe.each<Omit<Scene, "root">>([
  { way: "quarantine", across: false },
  { way: "quarantine", across: true },
  { way: "hardlink", across: false },
  { way: "hardlink", across: true },
])("$way, to another file system: $across", (kind) => {
  test(`killed at ${RUNS} random points and restarted, it loses nothing and restores everything`, async () => {
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
        await apply(scene, plainMeans(scene));
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

/** The environment sets a test's trash folder, so scenes run one after another. */
test.runIf(process.platform === "linux")(
  `the trash, killed at ${FEW_RUNS} random points and restarted, loses nothing and restores everything`,
  async () => {
    const kind = { way: "trash", across: false } as const;
    const points = await countPoints(kind);
    const draws = fc.sample(
      fc.tuple(fc.integer({ min: 1, max: points.apply }), fc.integer({ min: 1, max: points.undo })),
      { numRuns: FEW_RUNS, seed: SEED },
    );
    for (const [applyAt, undoAt] of draws) {
      const scene = await newScene(kind);
      vi.stubEnv("XDG_DATA_HOME", dataHomeOf(scene));
      const before = treeOf(dataOf(scene));
      await killed("apply", scene, applyAt);
      expectNothingLost(scene, before);
      await apply(scene, plainMeans(scene));
      await expectApplied(scene, before);
      await killed("undo", scene, undoAt);
      expectNothingLost(scene, before);
      await expectBack(scene, before);
    }
  },
);

/** A trash whose host dies at the file of this number. `finish` moves that file after all. */
function dyingTrash(scene: Scene, at: number) {
  const host = new AbortController();
  const { disk, places, trash } = plainMeans(scene);
  let asked = 0;
  let pending = "";
  const dying = async (file: string): Promise<void> => {
    if (++asked !== at) return trash?.(file);
    pending = file;
    host.abort(new Error("The host is gone."));
    throw host.signal.reason;
  };
  const means: Means = { disk, places, trash: dying };
  return { means, signal: host.signal, finish: async () => trash?.(pending) };
}

test.runIf(process.platform === "linux").each([
  ["at an image, which stays", 1, false],
  ["at an image, which still goes", 1, true],
  ["between an image and its sidecar", 2, false],
  ["at a sidecar, which still goes", 2, true],
  ["between two sidecars", 5, false],
])("the host dies %s, and the same apply or an undo completes it", async (_, at, late) => {
  for (const redo of [true, false]) {
    const scene = await newScene({ way: "trash", across: false });
    vi.stubEnv("XDG_DATA_HOME", dataHomeOf(scene));
    const before = treeOf(dataOf(scene));
    const { means, signal, finish } = dyingTrash(scene, at);
    await expect(apply(scene, means, signal)).rejects.toThrow("The host is gone.");
    if (late) await finish();
    expectNothingLost(scene, before);
    if (redo) {
      await apply(scene, plainMeans(scene));
      await expectApplied(scene, before);
    }
    await expectBack(scene, before);
  }
});

test(`deleting forever, killed at ${FEW_RUNS} random points and restarted, deletes only what the plan lists`, async () => {
  const kind = { way: "delete-forever", across: false } as const;
  const { apply: most } = await countPoints(kind);
  const points = fc.sample(fc.integer({ min: 1, max: most }), { numRuns: FEW_RUNS, seed: SEED });
  for (const killAt of points) {
    const scene = await newScene(kind);
    const before = treeOf(dataOf(scene));
    await killed("apply", scene, killAt);
    const left = treeOf(dataOf(scene));
    expect(before).toMatchObject(left);
    expect(left[KEEPER]).toBe(before[KEEPER]);
    await apply(scene, plainMeans(scene));
    await expectApplied(scene, before);
  }
});

test("an undo that was killed is completed by the next apply, too", async () => {
  const kind = { way: "quarantine", across: false } as const;
  const { undo: most } = await countPoints(kind);
  const scene = await newScene(kind);
  const before = treeOf(dataOf(scene));
  await apply(scene, plainMeans(scene));
  await killed("undo", scene, Math.floor(most / 2));
  await apply(scene, plainMeans(scene));
  await expectApplied(scene, before);
  expect(readdirSync(`${projectOf(scene)}.journal`)).toHaveLength(1);
  await expectBack(scene, before);
});

/** Fault points of an apply and of its undo at which exactly one of an image and its sidecar is in its folder. */
async function pointsBetween(kind: Omit<Scene, "root">): Promise<["apply" | "undo", number][]> {
  const scene = await newScene(kind);
  const [files = []] = IMAGES;
  const found: ["apply" | "undo", number][] = [];
  for (const act of ["apply", "undo"] as const) {
    let points = 0;
    const means = faultyMeans(scene, () => {
      points++;
      const there = files.filter((name) => existsSync(join(dataOf(scene), name)));
      if (there.length === 1) found.push([act, points]);
    });
    await (act === "apply" ? apply(scene, means) : undo(scene, means));
  }
  return found;
}

test.each([false, true])(
  "killed anywhere between an image and its sidecar (to another file system: %s), an apply or undo is completed",
  async (across) => {
    const kind = { way: "quarantine", across } as const;
    const points = await pointsBetween(kind);
    expect(new Set(points.map(([act]) => act))).toEqual(new Set(["apply", "undo"]));
    for (const [act, point] of points) {
      const scene = await newScene(kind);
      const before = treeOf(dataOf(scene));
      if (act === "undo") await apply(scene, plainMeans(scene));
      await killed(act, scene, point);
      expectNothingLost(scene, before);
      if (act === "apply") {
        await apply(scene, plainMeans(scene));
        await expectApplied(scene, before);
      }
      await expectBack(scene, before);
    }
  },
);

import { homedir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { isPageProcedure, type PageProcedure } from "../../src-main/app/procedures.ts";
import { appContract } from "../../src-main/contract/host.ts";
import { Confinement } from "../../src-main/server/confinement.ts";
import { Folders } from "../../src-main/server/folders.ts";
import { writeFiles } from "../support/drawn-data-set.ts";
import { fakeEngine, openedProject } from "../support/fake-engine.ts";
import { freshFolder } from "../support/fresh-folder.ts";

let all: string;
let confinement: Confinement;
/** Split folders of each project, by project file. */
let projects: Record<string, string>;
/** Folders that the last scan of some projects let links lead to. */
let requests: Record<string, { roots?: string[]; followLinks?: string[] }>;

beforeEach(async () => {
  all = freshFolder();
  await writeFiles(all, { "root/train/1.jpg": "", "outside/1.jpg": "", "data/x": "" });
  projects = {
    [at("root", "own.twinlens")]: at("root", "train"),
    [at("root", "foreign.twinlens")]: at("outside"),
    [at("data", "kept.twinlens")]: at("root", "train"),
    [at("data", "foreign.twinlens")]: at("outside"),
    [at("outside", "named.twinlens")]: at("outside"),
  };
  requests = {};
  const client = fakeEngine({
    "project.open": ({ project }) => ({
      ...openedProject(project, { train: projects[project] ?? "" }),
      request: requests[project] ?? null,
    }),
  });
  confinement = new Confinement(client, await Folders.within([at("root")], at("data")));
});

const at = (...names: string[]) => join(all, ...names);
/** Calls by name, because the tests also call procedures that pages may not. */
const ask = (name: string, input?: unknown) => confinement.guard(name as PageProcedure, input);
/** Every procedure in the contract. */
const PROCEDURES = Object.entries(appContract).flatMap(([group, part]) =>
  "~orpc" in part ? [group] : Object.keys(part).map((name) => `${group}.${name}`),
);
const OUTSIDE = { code: "OUTSIDE_ROOTS" };

describe("a call that pages may not make is refused", () => {
  test.each([
    "scan",
    "report",
    "export",
    "calibrate",
    "demo",
    "decisions.export",
    "apply.run",
    "apply.trashed",
    "pictures.thumbnail",
    "pictures.full",
    "nothing.known",
    "toString",
    "__proto__",
  ])("%s", async (name) => {
    await expect(ask(name, {})).rejects.toMatchObject({ code: "FORBIDDEN" });
  });

  test("and every other procedure in the contract has a path check", async () => {
    const refused: string[] = [];
    for (const name of PROCEDURES)
      await ask(name, { splits: [], root: at("root"), folder: at("root") }).catch(() =>
        refused.push(name),
      );
    expect(refused).toEqual([
      "scan",
      "report",
      "export",
      "calibrate",
      "demo",
      "decisions.export",
      "apply.run",
      "apply.trashed",
      "pictures.thumbnail",
      "pictures.full",
    ]);
    expect(PROCEDURES.filter((name) => !isPageProcedure(name))).toEqual(refused);
  });

  test("every call for a project outside is refused, except those that read nothing from it", async () => {
    const project = at("root", "foreign.twinlens");
    const allowed: string[] = [];
    const input = { project, splits: [], root: at("root"), folder: at("root", "new") };
    for (const name of PROCEDURES)
      await ask(name, input).then(
        () => allowed.push(name),
        () => {},
      );
    expect(allowed).toEqual([
      "recognizeSplits",
      "inspectSplits",
      "devices",
      "scans.start",
      "scans.startDemo",
      "scans.watch",
      "scans.pause",
      "scans.resume",
      "scans.cancel",
      "project.recent",
      "project.forget",
      "host.info",
      "host.events",
      "host.chooseFolders",
      "host.choosePlace",
      "host.chooseProject",
      "host.listFolder",
    ]);
  });
});

describe("a scan", () => {
  const inside = () => [{ name: "train", root: at("root", "train") }];

  test("inside the roots may start, into the default project or one inside", async () => {
    await ask("scans.start", { splits: inside() });
    await ask("scans.start", { splits: inside(), project: at("root", "new.twinlens") });
    await ask("scans.start", { splits: inside(), model: "twinlens-v3-small" });
    await ask("scans.start", { splits: inside(), model: at("root", "own.onnx") });
  });

  test("of a folder outside is refused, even if others are inside", async () => {
    const splits = [...inside(), { name: "test", root: at("outside") }];
    for (const name of ["scans.start", "inspectSplits"])
      await expect(ask(name, { splits })).rejects.toMatchObject(OUTSIDE);
    await expect(ask("recognizeSplits", { root: at("outside") })).rejects.toMatchObject(OUTSIDE);
  });

  test("with a project, model or folder for links outside is refused", async () => {
    for (const extra of [
      { roots: [at("outside")] },
      { followLinks: [at("root"), at("outside")] },
      { project: at("outside", "new.twinlens") },
      { model: at("outside", "m.onnx") },
      { model: "../outside/m.onnx" },
      { model: "m.onnx" },
    ])
      await expect(ask("scans.start", { splits: inside(), ...extra })).rejects.toMatchObject(
        OUTSIDE,
      );
  });
});

describe("a project", () => {
  test("is allowed if its file and splits are inside the roots or the data folder", async () => {
    await ask("project.open", { project: at("root", "own.twinlens") });
    await ask("project.open", { project: at("data", "kept.twinlens") });
  });

  test.each(["outside/named.twinlens", "root/foreign.twinlens", "data/foreign.twinlens"])(
    "is refused if its file or a split is outside: %s",
    async (file) => {
      const project = at(...file.split("/"));
      await expect(ask("project.open", { project })).rejects.toMatchObject(OUTSIDE);
      await expect(ask("review.clusters", { project })).rejects.toMatchObject(OUTSIDE);
      for (const name of ["host.apply", "apply.undo", "apply.last"])
        await expect(ask(name, { project })).rejects.toMatchObject(OUTSIDE);
      await expect(confinement.admit(project)).rejects.toMatchObject(OUTSIDE);
    },
  );

  test.each(["roots", "followLinks"])(
    "is refused if its last scan let links lead outside, by %s",
    async (name) => {
      const project = at("root", "own.twinlens");
      for (const folder of [at("outside"), "root", `${at("root")}/../outside`]) {
        requests[project] = { [name]: [at("root"), folder] };
        await expect(ask("project.open", { project })).rejects.toMatchObject(OUTSIDE);
        await expect(confinement.admit(project)).rejects.toMatchObject(OUTSIDE);
      }
      requests[project] = { [name]: [at("root")] };
      await ask("project.open", { project });
    },
  );

  test("can be planned only with sidecars in folders inside", async () => {
    const project = at("root", "own.twinlens");
    await ask("plan.make", { project, sidecarRoots: [at("root", "train")] });
    const sidecarRoots = [at("outside")];
    await expect(ask("plan.make", { project, sidecarRoots })).rejects.toMatchObject(OUTSIDE);
  });

  test("can write plans only to the page, which saves them itself", async () => {
    const project = at("root", "own.twinlens");
    await ask("plan.write", { project, outputs: { json: "-", keepList: "-" } });
    await expect(
      ask("plan.write", { project, outputs: { json: "-", csv: at("root", "plan.csv") } }),
    ).rejects.toMatchObject({ code: "FORBIDDEN" });
    await expect(
      ask("plan.write", { project, outputs: { json: "-" }, sidecarRoots: [at("outside")] }),
    ).rejects.toMatchObject(OUTSIDE);
  });

  test("can be copied only to folders inside, and not with a plan from a file", async () => {
    const project = at("root", "own.twinlens");
    await ask("apply.copy", { project, folder: at("root", "clean") });
    for (const request of [
      { folder: at("outside", "clean") },
      { folder: "clean" },
      { folder: at("root", "clean"), plan: at("root", "plan.json") },
      { folder: at("root", "clean"), sidecarRoots: [at("outside")] },
    ])
      await expect(ask("apply.copy", { project, ...request })).rejects.toMatchObject(OUTSIDE);
  });

  test("cannot be accessed through a decision about another project", async () => {
    const project = at("root", "own.twinlens");
    const of = { project: at("root", "foreign.twinlens"), image: 1 };
    await expect(
      ask("decisions.decide", { project, decision: { type: "keepOnly", of } }),
    ).rejects.toMatchObject(OUTSIDE);
  });

  test("named at startup is allowed wherever it is, and can be scanned again", async () => {
    const project = at("outside", "named.twinlens");
    await confinement.admitNamed(project);
    await ask("review.clusters", { project });
    await ask("scans.start", { project, splits: [{ name: "train", root: at("outside") }] });
  });

  test("named at startup may let links lead where its last scan did, but not to all of the home folder", async () => {
    const project = at("outside", "named.twinlens");
    for (const name of ["roots", "followLinks"]) {
      for (const folder of ["/", homedir(), "outside", `${at("root")}/../outside`]) {
        requests[project] = { [name]: [folder] };
        await expect(confinement.admitNamed(project)).rejects.toMatchObject({
          ...OUTSIDE,
          message: expect.stringContaining("--root"),
        });
        await expect(ask("project.open", { project })).rejects.toMatchObject(OUTSIDE);
      }
    }
    const again = { roots: [at("outside")], followLinks: [at("store")] };
    requests[project] = again;
    await confinement.admitNamed(project);
    const splits = [{ name: "train", root: at("outside") }];
    await ask("scans.start", { project, splits, ...again });
    await expect(ask("scans.start", { project, splits, followLinks: ["/"] })).rejects.toMatchObject(
      OUTSIDE,
    );
  });

  test("that a page has begun to scan is allowed before it can be opened", async () => {
    const project = at("data", "unfinished.twinlens");
    projects[project] = at("outside");
    confinement.onAnswer("scans.start", { project });
    await ask("scans.firstFinds", { project });
  });
});

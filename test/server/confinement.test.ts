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
/** Split folders of each project, by its file. */
let projects: Record<string, string>;

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
  const client = fakeEngine({
    "project.open": ({ project }) => openedProject(project, { train: projects[project] ?? "" }),
  });
  confinement = new Confinement(client, await Folders.within([at("root")], at("data")));
});

const at = (...names: string[]) => join(all, ...names);
/** Names that no page may call are refused here as well, so tests pass any text. */
const ask = (name: string, input?: unknown) => confinement.guard(name as PageProcedure, input);
/** Every procedure of the contract. */
const PROCEDURES = Object.entries(appContract).flatMap(([group, part]) =>
  "~orpc" in part ? [group] : Object.keys(part).map((name) => `${group}.${name}`),
);
const OUTSIDE = { code: "OUTSIDE_ROOTS" };

describe("a call that is not for the page is refused", () => {
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

  test("and every other procedure of the contract has a check of its paths", async () => {
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

  test("every call about a project outside is refused, except those that read nothing of it", async () => {
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

  test("inside the roots may start, into its own project or one inside", async () => {
    await ask("scans.start", { splits: inside() });
    await ask("scans.start", { splits: inside(), project: at("root", "new.twinlens") });
    await ask("scans.start", { splits: inside(), model: "twinlens-v3-small" });
    await ask("scans.start", { splits: inside(), model: at("root", "own.onnx") });
  });

  test("of a folder outside is refused, also when others are inside", async () => {
    const splits = [...inside(), { name: "test", root: at("outside") }];
    for (const name of ["scans.start", "inspectSplits"])
      await expect(ask(name, { splits })).rejects.toMatchObject(OUTSIDE);
    await expect(ask("recognizeSplits", { root: at("outside") })).rejects.toMatchObject(OUTSIDE);
  });

  test("into a project or with a model outside is refused", async () => {
    for (const extra of [
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
  test("is let in when it and its splits are inside the roots or the program's own folder", async () => {
    await ask("project.open", { project: at("root", "own.twinlens") });
    await ask("project.open", { project: at("data", "kept.twinlens") });
  });

  test.each(["outside/named.twinlens", "root/foreign.twinlens", "data/foreign.twinlens"])(
    "is refused when its file or a split is outside: %s",
    async (file) => {
      const project = at(...file.split("/"));
      await expect(ask("project.open", { project })).rejects.toMatchObject(OUTSIDE);
      await expect(ask("review.clusters", { project })).rejects.toMatchObject(OUTSIDE);
      for (const name of ["host.apply", "apply.undo", "apply.last"])
        await expect(ask(name, { project })).rejects.toMatchObject(OUTSIDE);
      await expect(confinement.admit(project)).rejects.toMatchObject(OUTSIDE);
    },
  );

  test("is planned with sidecars in folders inside alone", async () => {
    const project = at("root", "own.twinlens");
    await ask("plan.make", { project, sidecarRoots: [at("root", "train")] });
    const sidecarRoots = [at("outside")];
    await expect(ask("plan.make", { project, sidecarRoots })).rejects.toMatchObject(OUTSIDE);
  });

  test("is written to the page alone, which saves it by itself", async () => {
    const project = at("root", "own.twinlens");
    await ask("plan.write", { project, outputs: { json: "-", keepList: "-" } });
    await expect(
      ask("plan.write", { project, outputs: { json: "-", csv: at("root", "plan.csv") } }),
    ).rejects.toMatchObject({ code: "FORBIDDEN" });
    await expect(
      ask("plan.write", { project, outputs: { json: "-" }, sidecarRoots: [at("outside")] }),
    ).rejects.toMatchObject(OUTSIDE);
  });

  test("is copied into folders inside alone, by no plan out of a file", async () => {
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

  test("can't be smuggled in within a decision about another", async () => {
    const project = at("root", "own.twinlens");
    const of = { project: at("root", "foreign.twinlens"), image: 1 };
    await expect(
      ask("decisions.decide", { project, decision: { type: "keepOnly", of } }),
    ).rejects.toMatchObject(OUTSIDE);
  });

  test("named when the server was started is let in wherever it lies, and can be scanned again", async () => {
    const project = at("outside", "named.twinlens");
    await confinement.admitNamed(project);
    await ask("review.clusters", { project });
    await ask("scans.start", { project, splits: [{ name: "train", root: at("outside") }] });
  });

  test("that a page has begun to scan is let in before it can be opened", async () => {
    const project = at("data", "unfinished.twinlens");
    projects[project] = at("outside");
    confinement.onAnswer("scans.start", { project });
    await ask("scans.firstFinds", { project });
  });
});

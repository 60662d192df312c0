import type { ContractRouterClient } from "@orpc/contract";
import { createRouterClient, ORPCError } from "@orpc/server";
import { describe, expect, test } from "vitest";
import {
  type AppRouterOptions,
  createAppRouter,
  HostEvents,
} from "../../src-main/app/app-router.ts";
import { type HostServices, unsupported } from "../../src-main/app/host-services.ts";
import {
  callProcedure,
  isPageProcedure,
  type ProcedureInput,
  type ProcedureName,
} from "../../src-main/app/procedures.ts";
import { ProjectKeys } from "../../src-main/app/project-keys.ts";
import { ClusterFilter } from "../../src-main/contract/cut.ts";
import { DEFAULT_GROUPING } from "../../src-main/contract/grouping.ts";
import type { appContract, HostEvent } from "../../src-main/contract/host.ts";
import { ImageId } from "../../src-main/contract/ids.ts";
import { type Answers, fakeEngine, openedProject } from "../support/fake-engine.ts";

const NO_SERVICES: HostServices = {
  kind: "browser",
  opened: ["/p.twinlens"],
  chooseFolders: () => unsupported("No dialogs."),
  choosePlace: () => unsupported("No dialogs."),
  chooseProject: () => unsupported("No dialogs."),
  listFolder: () => unsupported("No listing."),
  showInFolder: () => unsupported("No file manager."),
  trash: async () => {},
};

/** The app's router with a fake engine, called as a page calls it. */
function app(answers: Answers, options: Partial<AppRouterOptions> = {}) {
  const client = fakeEngine(answers);
  const keys = new ProjectKeys(client);
  const events = new HostEvents();
  const router = createAppRouter({
    client,
    keys,
    events,
    version: "1.2.3",
    services: NO_SERVICES,
    ...options,
  });
  const page = createRouterClient(router) as ContractRouterClient<typeof appContract>;
  return { page, keys, events };
}

describe("an engine call", () => {
  test("passes on the input as the contract parses it", async () => {
    const asked: unknown[] = [];
    const { page } = app({
      "review.histogram": (input) => {
        asked.push(input);
        return { column: "confidence", from: 0, to: 1, within: [], across: [] };
      },
    });
    const question = { project: "p", column: "confidence" as const };
    await page.review.histogram({ ...question, more: 1 } as typeof question);
    expect(asked).toEqual([question]);
  });

  test("does not reach the engine if the contract rejects its input", async () => {
    const { page } = app({ "project.open": () => expect.unreachable() });
    await expect(page.project.open({ project: 7 as unknown as string })).rejects.toMatchObject({
      code: "BAD_REQUEST",
    });
  });

  test("fails with the engine's error code and message", async () => {
    const { page } = app({
      "project.open": () => {
        throw new ORPCError("PROJECT_TOO_NEW", { defined: true, message: "Update Twinlens." });
      },
    });
    await expect(page.project.open({ project: "p" })).rejects.toMatchObject({
      code: "PROJECT_TOO_NEW",
      message: "Update Twinlens.",
      defined: true,
    });
  });

  test("ends its event stream in the engine when the caller leaves", async () => {
    const { promise: left, resolve } = Promise.withResolvers<void>();
    const { page } = app({
      "scans.watch": async function* (_input, signal) {
        signal?.addEventListener("abort", () => resolve());
        yield [];
        await left;
      },
    });
    const leave = new AbortController();
    const states = await page.scans.watch(undefined, { signal: leave.signal });
    expect(await states.next()).toEqual({ done: false, value: [] });
    leave.abort();
    await left;
  });

  test("is refused if the host's guard refuses it, including event streams and host calls", async () => {
    const guarded: string[] = [];
    const { page } = app(
      { devices: () => expect.unreachable() },
      {
        guard: async (name) => {
          guarded.push(name);
          throw new ORPCError("FORBIDDEN", { message: "Not here." });
        },
      },
    );
    await expect(page.devices()).rejects.toThrow("Not here.");
    await expect(page.scans.watch()).rejects.toThrow("Not here.");
    await expect(page.host.info()).rejects.toThrow("Not here.");
    await expect(page.host.apply({ project: "p", way: "trash" })).rejects.toThrow("Not here.");
    expect(guarded).toEqual(["devices", "scans.watch", "host.info", "host.apply"]);
  });
});

describe("a call that pages may not make", () => {
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
  ] as const)("%s is refused before it reaches the engine", async (name) => {
    const refused: unknown[] = [];
    const { page } = app(
      { [name]: () => expect.unreachable() },
      { guard: async () => expect.unreachable() },
    );
    await callProcedure(page, name.split("."), INPUTS[name], undefined).catch((cause) =>
      refused.push(cause),
    );
    expect(refused).toEqual([
      expect.objectContaining({ code: "FORBIDDEN", message: `The page may not call ${name}.` }),
    ]);
  });

  test.each(["toString", "__proto__", "host.constructor", "scans", ""])(
    "%j is not the name of a procedure",
    (name) => expect(isPageProcedure(name)).toBe(false),
  );
});

/** Valid inputs, which only the page's permissions can refuse. */
const INPUTS: { readonly [Name in ProcedureName]?: ProcedureInput<Name> } = {
  scan: { splits: [{ name: "train", root: "/train" }] },
  report: { project: "p" },
  export: { project: "p", what: "images", out: "/x.csv" },
  calibrate: { model: "/m.onnx", splits: [] },
  demo: { out: "/demo" },
  "decisions.export": { project: "p", out: "/x.json" },
  "apply.run": { project: "p" },
  "apply.trashed": { ticket: 1, reason: null },
  "pictures.thumbnail": { project: "p", image: ImageId.parse(1), side: 160 },
  "pictures.full": { project: "p", image: ImageId.parse(1) },
};

describe("project keys", () => {
  test("are learned from the engine's results", async () => {
    const { page, keys } = app({
      "project.open": ({ project }) => openedProject(project, {}),
      "project.recent": () => [],
    });
    expect(await keys.project("abc123")).toBeUndefined();
    await page.project.open({ project: "/p.twinlens" });
    expect(await keys.project("abc123")).toBe("/p.twinlens");
  });

  test("are looked up in the recent projects if unknown", async () => {
    const { keys } = app({
      "project.recent": () => [{ project: "/old.twinlens", key: "0ld" }],
    });
    expect(await keys.project("0ld")).toBe("/old.twinlens");
  });
});

describe("the host", () => {
  test("reports what it is", async () => {
    const { page } = app({});
    expect(await page.host.info()).toEqual({
      kind: "browser",
      platform: process.platform,
      version: "1.2.3",
      opened: ["/p.twinlens"],
    });
  });

  test("refuses what it does not support, with an error code", async () => {
    await expect(app({}).page.host.chooseFolders()).rejects.toMatchObject({
      code: "UNSUPPORTED",
      defined: true,
    });
  });

  test("applies a plan with only the options that a page may choose", async () => {
    const asked: unknown[] = [];
    const trashed: string[] = [];
    const { page } = app(
      {
        "apply.run": async function* (request) {
          asked.push(request);
          yield { type: "trash", ticket: 1, file: "/train/1.jpg" };
          return { done: 1, left: 0 };
        },
        "apply.trashed": () => ({}),
      },
      {
        services: {
          ...NO_SERVICES,
          trash: async (file) => {
            trashed.push(file);
          },
        },
      },
    );
    const request = {
      project: "p",
      kinds: [],
      only: [],
      way: "trash" as const,
      plan: "/edited.json",
      to: { way: "quarantine", folder: "/elsewhere" },
      sidecars: ["/etc/{name}"],
      sidecarRoots: ["/etc"],
    };
    for await (const _ of await page.host.apply(request)) expect.unreachable();
    expect(asked).toEqual([
      {
        project: "p",
        threshold: { strategy: "auto" },
        grouping: DEFAULT_GROUPING,
        kinds: [],
        filter: ClusterFilter.parse({}),
        mayEmpty: [],
        only: [],
        dryRun: false,
        to: { way: "trash" },
      },
    ]);
    expect(trashed).toEqual(["/train/1.jpg"]);
    await expect(
      page.host.apply({ project: "p", way: "delete-forever" as "trash" }),
    ).rejects.toMatchObject({ code: "BAD_REQUEST" });
  });

  test("sends its events to every listener", async () => {
    const { page, events } = app({});
    const leave = new AbortController();
    const listeners = await Promise.all([
      page.host.events(undefined, { signal: leave.signal }),
      page.host.events(undefined, { signal: leave.signal }),
    ]);
    const heard = listeners.map((listener) => listener.next());
    const event: HostEvent = { type: "engine-restarted", reason: "SIGKILL" };
    events.emit(event);
    for (const { value } of await Promise.all(heard)) expect(value).toEqual(event);
    leave.abort();
  });
});

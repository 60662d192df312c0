import { isAbsolute } from "node:path";
import { ORPCError } from "@orpc/server";
import { outsideRoots } from "../app/host-services.ts";
import type { CopyRequest } from "../contract/clean-copy.ts";
import type { ParsedPlanRequest } from "../contract/plan.ts";
import type { ScanRequest, Split } from "../contract/scan-request.ts";
import type { EngineClient } from "../engine-client/engine-client.ts";
import { STANDARD_OUTPUT } from "../text/paths.ts";
import type { Folders } from "./folders.ts";

/** What the page uses. All else that the contract offers is for hosts and the command line. */
const ALLOWED = new Set([
  "recognizeSplits",
  "inspectSplits",
  "devices",
  "scans.start",
  "scans.startDemo",
  "scans.watch",
  "scans.pause",
  "scans.resume",
  "scans.cancel",
  "scans.firstFinds",
  "project.recent",
  "project.forget",
  "project.open",
  "project.overview",
  "review.figures",
  "review.histogram",
  "review.clusters",
  "review.cluster",
  "decisions.state",
  "decisions.decide",
  "decisions.undo",
  "decisions.redo",
  "decisions.file",
  "decisions.import",
  "decisions.corrections",
  "keeper.rules",
  "keeper.setRules",
  "plan.make",
  "plan.write",
  "apply.copy",
  "apply.last",
  "apply.undo",
  "pictures.details",
  "pictures.alignment",
  "similar.toImage",
  "similar.toPicture",
  "host.info",
  "host.events",
  "host.chooseFolders",
  "host.choosePlace",
  "host.chooseProject",
  "host.listFolder",
  "host.showInFolder",
  "host.apply",
]);

/** What is looked at of a request to make a plan, or to write it too. */
type PlanWrite = Partial<ParsedPlanRequest> & { readonly outputs?: Record<string, string> };

/** Takes a project's name but reads nothing of it. */
const BY_NAME_ONLY = new Set(["project.forget", "scans.pause", "scans.resume", "scans.cancel"]);

/** Confines what a page can ask to the folders that the server was started for. */
export class Confinement {
  readonly #client: EngineClient;
  readonly #folders: Folders;
  /** Projects whose file and whose splits all lie where they may. */
  readonly #admitted = new Set<string>();

  constructor(client: EngineClient, folders: Folders) {
    this.#client = client;
    this.#folders = folders;
  }

  /** Lets a project in that was named when the server was started, with the folders of its splits, wherever they lie. */
  async admitNamed(project: string): Promise<void> {
    const { splits } = await this.#client.project.open({ project });
    for (const { root } of splits) await this.#folders.allow(root);
    this.#admitted.add(project);
  }

  /** @throws OUTSIDE_ROOTS when the project's file or one of its splits lies outside. */
  async admit(project: string): Promise<void> {
    if (this.#admitted.has(project)) return;
    await this.#folders.require(project);
    const { splits } = await this.#client.project.open({ project });
    for (const { root } of splits) await this.#folders.require(root);
    this.#admitted.add(project);
  }

  /** Refuses a request by throwing; see AppHost. */
  async guard(path: readonly string[], input: unknown): Promise<void> {
    const name = path.join(".");
    if (!ALLOWED.has(name))
      throw new ORPCError("FORBIDDEN", { message: `${name} can't be asked for by a page.` });
    if (name === "recognizeSplits") await this.#folders.require((input as { root: string }).root);
    if (name === "plan.make" || name === "plan.write") await this.#guardPlan(input as PlanWrite);
    if (name === "apply.copy") await this.#guardCopy(input as CopyRequest);
    if (name === "inspectSplits") await this.#requireSplits((input as { splits: Split[] }).splits);
    if (name === "scans.start") await this.#guardScan(input as ScanRequest);
    else if (!BY_NAME_ONLY.has(name))
      for (const project of projectsIn(input)) await this.admit(project);
  }

  /** A scan that was let start is of a project that lies where it may. */
  onAnswer(path: readonly string[], answer: unknown): void {
    const name = path.join(".");
    if (name === "scans.start" || name === "scans.startDemo")
      this.#admitted.add((answer as { project: string }).project);
  }

  async #guardScan({ splits, project, model }: ScanRequest): Promise<void> {
    await this.#requireSplits(splits);
    if (project !== undefined && !this.#admitted.has(project)) await this.#folders.require(project);
    if (model !== undefined && /[\\/]|\.onnx$/i.test(model)) {
      if (!isAbsolute(model)) throw outsideRoots(`${model} is not an absolute path.`);
      await this.#folders.require(model);
    }
  }

  /** Its text goes to the page, which saves files by itself. */
  async #guardPlan({ sidecarRoots = [], outputs = {} }: PlanWrite): Promise<void> {
    for (const root of sidecarRoots) await this.#folders.require(root);
    if (Object.values(outputs).some((target) => target !== STANDARD_OUTPUT))
      throw new ORPCError("FORBIDDEN", { message: "A page can't have a plan written to a file." });
  }

  /** A copy goes where it may be written; a plan out of a file could be any file. */
  async #guardCopy({ folder, plan, sidecarRoots = [] }: CopyRequest): Promise<void> {
    if (plan !== undefined) throw outsideRoots("A page can't name the file of a plan.");
    for (const place of [folder, ...sidecarRoots]) await this.#folders.require(place);
  }

  async #requireSplits(splits: readonly Split[]): Promise<void> {
    for (const { root } of splits) await this.#folders.require(root);
  }
}

/** Every project that a request names, wherever in it: a decision may hold the cut that it was made at. */
function projectsIn(input: unknown): string[] {
  if (typeof input !== "object" || input === null || input instanceof Blob) return [];
  return Object.entries(input).flatMap(([name, value]) =>
    name === "project" && typeof value === "string" ? [value] : projectsIn(value),
  );
}

import { isAbsolute } from "node:path";
import { ORPCError } from "@orpc/server";
import { outsideRoots } from "../app/host-services.ts";
import type { PageProcedure, ProcedureInput } from "../app/procedures.ts";
import type { Split } from "../contract/scan-request.ts";
import type { EngineClient } from "../engine-client/engine-client.ts";
import { STANDARD_OUTPUT } from "../text/paths.ts";
import { foldersOf } from "../text/splits.ts";
import type { Folders } from "./folders.ts";

/** What to check of a call's paths, per procedure. */
type Checks = {
  readonly [Name in PageProcedure]: (input: ProcedureInput<Name>) => Promise<void>;
};

/** Confines a page to the folders that the server was started for. */
export class Confinement {
  readonly #client: EngineClient;
  readonly #folders: Folders;
  /** Projects whose file and splits are all inside the folders. */
  readonly #admitted = new Set<string>();
  readonly #checks = this.#makeChecks();

  constructor(client: EngineClient, folders: Folders) {
    this.#client = client;
    this.#folders = folders;
  }

  /**
   * Admits a project named on the command line, with its folders, wherever they are.
   * @throws OUTSIDE_ROOTS if it names a folder outside that contains the home folder: nobody vouched for all of that
   */
  async admitNamed(project: string): Promise<void> {
    for (const folder of await this.#foldersIn(project)) await this.#folders.allow(folder);
    this.#admitted.add(project);
  }

  /** @throws OUTSIDE_ROOTS if the project's file or one of its folders is outside the folders. */
  async admit(project: string): Promise<void> {
    if (this.#admitted.has(project)) return;
    await this.#folders.require(project);
    for (const folder of await this.#foldersIn(project)) await this.#folders.require(folder);
    this.#admitted.add(project);
  }

  /** The folders of a project's splits, and those of its last scan's request that links may lead to. */
  async #foldersIn(project: string): Promise<string[]> {
    const { splits, request } = await this.#client.project.open({ project });
    const { roots = [], followLinks = [] } = request ?? {};
    return [...new Set([...splits.flatMap(foldersOf), ...roots, ...followLinks])];
  }

  /** Refuses a call by throwing; see AppRouterOptions. */
  async guard(name: PageProcedure, input: unknown): Promise<void> {
    if (!Object.hasOwn(this.#checks, name))
      throw new ORPCError("FORBIDDEN", { message: `The page may not call ${name}.` });
    await (this.#checks[name] as (input: unknown) => Promise<void>)(input);
  }

  /** The project of a scan that the page was allowed to start is admitted. */
  onAnswer(name: PageProcedure, answer: unknown): void {
    if (name === "scans.start" || name === "scans.startDemo")
      this.#admitted.add((answer as { project: string }).project);
  }

  #makeChecks(): Checks {
    /** For calls without a path, or that read nothing of the project they name. */
    const nothing = async () => {};
    const projects = (input: unknown) => this.#admitAll(input);
    return {
      recognizeSplits: ({ root }) => this.#folders.require(root),
      inspectSplits: ({ splits }) => this.#requireRoots(splits),
      devices: nothing,
      "scans.start": (request) => this.#checkScan(request),
      "scans.startDemo": nothing,
      "scans.watch": nothing,
      "scans.pause": nothing,
      "scans.resume": nothing,
      "scans.cancel": nothing,
      "scans.firstFinds": projects,
      "project.recent": nothing,
      "project.forget": nothing,
      "project.open": projects,
      "project.overview": projects,
      "project.confirmOneSplit": projects,
      "review.figures": projects,
      "review.histogram": projects,
      "review.clusters": projects,
      "review.cluster": projects,
      "decisions.state": projects,
      "decisions.decide": projects,
      "decisions.undo": projects,
      "decisions.redo": projects,
      "decisions.file": projects,
      "decisions.import": projects,
      "decisions.corrections": projects,
      "keeper.rules": projects,
      "keeper.setRules": projects,
      "plan.make": (request) => this.#checkPlan(request),
      "plan.write": (request) => this.#checkPlan(request, request.outputs),
      "apply.copy": (request) => this.#checkCopy(request),
      "apply.last": projects,
      "apply.undo": (request) => this.#checkPlan(request),
      "pictures.details": projects,
      "pictures.alignment": projects,
      "similar.toImage": projects,
      "similar.toPicture": projects,
      "host.info": nothing,
      "host.events": nothing,
      "host.chooseFolders": nothing,
      "host.choosePlace": nothing,
      "host.chooseProject": nothing,
      // Folders.list refuses what is outside.
      "host.listFolder": nothing,
      "host.showInFolder": projects,
      "host.apply": projects,
    };
  }

  async #checkScan(request: ProcedureInput<"scans.start">): Promise<void> {
    const { splits, roots = [], followLinks = [], project, model } = request;
    await this.#requireRoots(splits);
    for (const folder of [...roots, ...followLinks]) await this.#folders.require(folder);
    if (project !== undefined && !this.#admitted.has(project)) await this.#folders.require(project);
    if (model !== undefined && /[\\/]|\.onnx$/i.test(model)) {
      if (!isAbsolute(model)) throw outsideRoots(`${model} is not an absolute path.`);
      await this.#folders.require(model);
    }
  }

  /** A written plan may only go to the page, which saves it itself. */
  async #checkPlan(
    request: Pick<ProcedureInput<"plan.make">, "project" | "sidecarRoots">,
    outputs: ProcedureInput<"plan.write">["outputs"] = {},
  ): Promise<void> {
    for (const root of request.sidecarRoots ?? []) await this.#folders.require(root);
    if (Object.values(outputs).some((target) => target !== STANDARD_OUTPUT))
      throw new ORPCError("FORBIDDEN", { message: "The page cannot write a plan to a file." });
    await this.#admitAll(request);
  }

  /** A plan file could be any file of the machine, so the page cannot name one. */
  async #checkCopy(request: ProcedureInput<"apply.copy">): Promise<void> {
    const { folder, plan, sidecarRoots = [] } = request;
    if (plan !== undefined) throw outsideRoots("The page cannot name a plan file.");
    for (const path of [folder, ...sidecarRoots]) await this.#folders.require(path);
    await this.#admitAll(request);
  }

  async #requireRoots(splits: readonly Pick<Split, "root" | "folders">[]): Promise<void> {
    for (const folder of splits.flatMap(foldersOf)) await this.#folders.require(folder);
  }

  async #admitAll(input: unknown): Promise<void> {
    for (const project of projectsIn(input)) await this.admit(project);
  }
}

/** Every project named anywhere in the input: a decision, for example, can name another project's cluster. */
function projectsIn(input: unknown): string[] {
  if (typeof input !== "object" || input === null || input instanceof Blob) return [];
  return Object.entries(input).flatMap(([name, value]) =>
    name === "project" && typeof value === "string" ? [value] : projectsIn(value),
  );
}

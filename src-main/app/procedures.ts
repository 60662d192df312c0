import type { AnyContractProcedure, InferContractRouterInputs } from "@orpc/contract";
import type { appContract } from "../contract/host.ts";

type NamesIn<Router, Prefix extends string = ""> = {
  [Name in keyof Router & string]: Router[Name] extends AnyContractProcedure
    ? `${Prefix}${Name}`
    : NamesIn<Router[Name], `${Prefix}${Name}.`>;
}[keyof Router & string];

/** Every procedure of the engine and the host, such as `scans.start`. */
export type ProcedureName = NamesIn<typeof appContract>;

type InputIn<Inputs, Name> = Name extends `${infer Group}.${infer Rest}`
  ? Group extends keyof Inputs
    ? InputIn<Inputs[Group], Rest>
    : never
  : Name extends keyof Inputs
    ? Inputs[Name]
    : never;

export type ProcedureInput<Name extends ProcedureName> = InputIn<
  InferContractRouterInputs<typeof appContract>,
  Name
>;

/** Whether the page may call a procedure. The rest, such as writing to a path of the caller's choice, is for hosts and the command line. */
const PAGE_MAY_CALL = {
  recognizeSplits: true,
  inspectSplits: true,
  scan: false,
  report: false,
  export: false,
  calibrate: false,
  demo: false,
  devices: true,
  "scans.start": true,
  "scans.startDemo": true,
  "scans.watch": true,
  "scans.pause": true,
  "scans.resume": true,
  "scans.cancel": true,
  "scans.firstFinds": true,
  "project.recent": true,
  "project.forget": true,
  "project.open": true,
  "project.overview": true,
  "project.confirmOneSplit": true,
  "review.figures": true,
  "review.histogram": true,
  "review.clusters": true,
  "review.cluster": true,
  "decisions.state": true,
  "decisions.decide": true,
  "decisions.undo": true,
  "decisions.redo": true,
  "decisions.file": true,
  "decisions.export": false,
  "decisions.import": true,
  "decisions.corrections": true,
  "keeper.rules": true,
  "keeper.setRules": true,
  "plan.make": true,
  "plan.write": true,
  "apply.run": false,
  "apply.trashed": false,
  "apply.undo": true,
  "apply.copy": true,
  "apply.last": true,
  "pictures.thumbnail": false,
  "pictures.full": false,
  "pictures.details": true,
  "pictures.alignment": true,
  "similar.toImage": true,
  "similar.toPicture": true,
  "host.info": true,
  "host.events": true,
  "host.chooseFolders": true,
  "host.choosePlace": true,
  "host.chooseProject": true,
  "host.listFolder": true,
  "host.showInFolder": true,
  "host.apply": true,
} as const satisfies Record<ProcedureName, boolean>;

/** A procedure that the page may call. */
export type PageProcedure = {
  [Name in ProcedureName]: (typeof PAGE_MAY_CALL)[Name] extends true ? Name : never;
}[ProcedureName];

export function isPageProcedure(name: string): name is PageProcedure {
  return Object.hasOwn(PAGE_MAY_CALL, name) && PAGE_MAY_CALL[name as ProcedureName];
}

/** A procedure of any client. */
type Call = (input: unknown, options: { signal?: AbortSignal }) => Promise<unknown>;

/**
 * Calls a procedure by its path, such as `["scans", "start"]`.
 * @param client any client of the contract: groups are properties, procedures are functions.
 */
export function callProcedure(
  client: object,
  path: readonly string[],
  input: unknown,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  const procedure = path.reduce<unknown>(
    (group, name) => (group as Record<string, unknown>)[name],
    client,
  );
  return (procedure as Call)(input, signal === undefined ? {} : { signal });
}

import { eventIterator, oc } from "@orpc/contract";
import { z } from "zod";
import { ApplyCounts, ApplyResult, UndoableWay } from "./apply.ts";
import { CommandId } from "./commands.ts";
import { contract } from "./contract.ts";
import { ENGINE_ERRORS } from "./errors.ts";
import { ImageId } from "./ids.ts";
import { PlanRequest } from "./plan.ts";

export const HostEvent = z.discriminatedUnion("type", [
  /** The engine's process ended by itself and another one runs; calls that were under way have failed. */
  z.object({ type: z.literal("engine-restarted"), reason: z.string() }),
  /** A menu item that the person chose. */
  z.object({ type: z.literal("command"), command: CommandId }),
  /** A project or folders that the system asks to open: double-clicked, dropped on the icon, given to a second instance. */
  z.object({ type: z.literal("open"), paths: z.array(z.string()) }),
]);
export type HostEvent = z.infer<typeof HostEvent>;

export const HostInfo = z.object({
  kind: z.enum(["desktop", "browser"]),
  /** As `process.platform`. */
  platform: z.string(),
  version: z.string(),
  /** A project or folders named when the program was started. */
  opened: z.array(z.string()),
});
export type HostInfo = z.infer<typeof HostInfo>;

export const FolderListing = z.object({
  /** Absolute. */
  path: z.string(),
  /** `null` where going up would leave what may be seen. */
  parent: z.string().nullable(),
  folders: z.array(z.object({ name: z.string(), path: z.string() })),
  /** Project files in it. */
  projects: z.array(z.object({ name: z.string(), path: z.string() })),
  /** Where a person may start from. */
  roots: z.array(z.string()),
});
export type FolderListing = z.infer<typeof FolderListing>;

const procedure = oc.errors({
  ...ENGINE_ERRORS,
  /** This host has no such thing, such as a native dialog in a browser. */
  UNSUPPORTED: {},
  /** The folder lies outside what this host was started for. */
  OUTSIDE_ROOTS: {},
});

/**
 * What a page may choose of a plan and of how it is carried out: nothing that names a place to move files to or from, and nothing
 * that can't be taken back.
 */
export const PageApply = PlanRequest.omit({
  sidecars: true,
  sidecarRoots: true,
  classLoss: true,
}).extend({
  way: UndoableWay,
  /** Says what would happen, and touches nothing. */
  dryRun: z.boolean().default(false),
});
export type PageApply = z.input<typeof PageApply>;

/** What a page can ask of the window or server that it runs in. */
export const hostContract = {
  info: procedure.output(HostInfo),
  /** Ends never; the page asks again after a lost connection. */
  events: procedure.output(eventIterator(HostEvent)),
  /** The system's folder dialog. Desktop only. Empty when the person cancels. */
  chooseFolders: procedure.output(z.array(z.string())),
  /** The system's dialog for the folder that a new one goes into. Desktop only. */
  choosePlace: procedure.output(z.string().nullable()),
  /** The system's file dialog for a project. Desktop only. */
  chooseProject: procedure.output(z.string().nullable()),
  /** Folders that the person may choose from. Browser only. @param path `null` for the first root. */
  listFolder: procedure.input(z.object({ path: z.string().nullable() })).output(FolderListing),
  /** Shows a file in the system's file manager. Desktop only. */
  showInFolder: procedure
    .input(z.object({ project: z.string(), image: ImageId }))
    .output(z.object({})),
  /** Carries out a plan made now, one result per image; `apply.undo` takes it back. */
  apply: procedure.input(PageApply).output(eventIterator(ApplyResult, ApplyCounts)),
};

/** All that a page can ask: the engine's contract, and the host's own. */
export const appContract = { ...contract, host: hostContract };

import { eventIterator, oc } from "@orpc/contract";
import { z } from "zod";
import { ApplyCounts, ApplyResult, UndoableWay } from "./apply.ts";
import { CommandId } from "./commands.ts";
import { contract } from "./contract.ts";
import { ENGINE_ERRORS } from "./errors.ts";
import { ImageId } from "./ids.ts";
import { PlanRequest } from "./plan.ts";

export const HostEvent = z.discriminatedUnion("type", [
  /** The engine process ended unexpectedly and was restarted. Calls in progress have failed. */
  z.object({ type: z.literal("engine-restarted"), reason: z.string() }),
  /** The user chose a menu item. */
  z.object({ type: z.literal("command"), command: CommandId }),
  /** A project or folders to open: double-clicked, dropped on the icon, or passed to a second instance. */
  z.object({ type: z.literal("open"), paths: z.array(z.string()) }),
]);
export type HostEvent = z.infer<typeof HostEvent>;

export const HostInfo = z.object({
  kind: z.enum(["desktop", "browser"]),
  /** As `process.platform`. */
  platform: z.string(),
  version: z.string(),
  /** A project or folders named on the command line. */
  opened: z.array(z.string()),
});
export type HostInfo = z.infer<typeof HostInfo>;

export const FolderListing = z.object({
  /** Absolute. */
  path: z.string(),
  /** `null` if the parent is outside the allowed folders. */
  parent: z.string().nullable(),
  folders: z.array(z.object({ name: z.string(), path: z.string() })),
  /** Project files in the folder. */
  projects: z.array(z.object({ name: z.string(), path: z.string() })),
  /** Folders to start browsing from. */
  roots: z.array(z.string()),
});
export type FolderListing = z.infer<typeof FolderListing>;

const procedure = oc.errors({
  ...ENGINE_ERRORS,
  /** This host does not support the call, such as a native dialog in a browser. */
  UNSUPPORTED: {},
  /** The folder is outside the folders that this host may access. */
  OUTSIDE_ROOTS: {},
});

/**
 * What a page may choose about a plan and how it is carried out. For safety it can neither name folders to move files to or from
 * nor do anything that cannot be undone.
 */
export const PageApply = PlanRequest.omit({
  sidecars: true,
  sidecarRoots: true,
  classLoss: true,
}).extend({
  way: UndoableWay,
  /** Reports what would happen without changing anything. */
  dryRun: z.boolean().default(false),
});
export type PageApply = z.input<typeof PageApply>;

/** The host's procedures for its page. */
export const hostContract = {
  info: procedure.output(HostInfo),
  /** Never ends. The page subscribes again after a lost connection. */
  events: procedure.output(eventIterator(HostEvent)),
  /** The system's folder dialog. Desktop only. Empty if the user cancels. */
  chooseFolders: procedure.output(z.array(z.string())),
  /** The system's dialog for the parent of a new folder. Desktop only. */
  choosePlace: procedure.output(z.string().nullable()),
  /** The system's file dialog for a project. Desktop only. */
  chooseProject: procedure.output(z.string().nullable()),
  /** The subfolders of a folder. Browser only. @param path `null` for the first root. */
  listFolder: procedure.input(z.object({ path: z.string().nullable() })).output(FolderListing),
  /** Shows a file in the system's file manager. Desktop only. */
  showInFolder: procedure
    .input(z.object({ project: z.string(), image: ImageId }))
    .output(z.object({})),
  /** Makes a plan and carries it out, with one result per image. `apply.undo` undoes it. */
  apply: procedure.input(PageApply).output(eventIterator(ApplyResult, ApplyCounts)),
};

/** The engine's procedures and the host's. */
export const appContract = { ...contract, host: hostContract };

import { ORPCError } from "@orpc/server";
import type { FolderListing, HostInfo } from "../contract/host.ts";

/** What a window and a server each do in their own way. */
export interface HostServices {
  readonly kind: HostInfo["kind"];
  /** A project or folders named when the program was started. */
  readonly opened: readonly string[];
  /** @returns nothing when the person cancels. */
  chooseFolders(): Promise<string[]>;
  choosePlace(): Promise<string | null>;
  chooseProject(): Promise<string | null>;
  /** @param path `null` for the first root. */
  listFolder(path: string | null): Promise<FolderListing>;
  /** @param file absolute, as path-text.ts writes names. */
  showInFolder(file: string): Promise<void>;
  /**
   * Moves one file to the system's trash; it never deletes.
   * @param file absolute, as path-text.ts writes names.
   * @throws with the reason in one line when the file could not be moved; it then stays where it is.
   */
  trash(file: string): Promise<void>;
}

/** Refuses what a host has no means for. */
export async function unsupported(what: string): Promise<never> {
  throw new ORPCError("UNSUPPORTED", { defined: true, message: what });
}

/** Refuses a path that this host was not started for. */
export function outsideRoots(message: string): ORPCError<"OUTSIDE_ROOTS", undefined> {
  return new ORPCError("OUTSIDE_ROOTS", { defined: true, message });
}

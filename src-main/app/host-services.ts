import { ORPCError } from "@orpc/server";
import type { FolderListing, HostInfo } from "../contract/host.ts";

/** What the desktop program and the server each implement differently. */
export interface HostServices {
  readonly kind: HostInfo["kind"];
  /** A project or folders named on the command line. */
  readonly opened: readonly string[];
  /** @returns an empty list if the user cancels. */
  chooseFolders(): Promise<string[]>;
  /** @returns `null` if the user cancels. */
  choosePlace(): Promise<string | null>;
  /** @returns `null` if the user cancels. */
  chooseProject(): Promise<string | null>;
  /** @param path `null` for the first root. */
  listFolder(path: string | null): Promise<FolderListing>;
  /** @param file absolute; see text/paths.ts for names that are not UTF-8. */
  showInFolder(file: string): Promise<void>;
  /**
   * Moves one file to the system's trash; it never deletes.
   * @param file absolute; see text/paths.ts for names that are not UTF-8.
   * @throws with the reason in one line if the file could not be moved; it then stays where it is.
   */
  trash(file: string): Promise<void>;
}

/** Rejects a call that this host has no means for. */
export async function unsupported(message: string): Promise<never> {
  throw new ORPCError("UNSUPPORTED", { defined: true, message });
}

/** The error for a path outside the folders that this host was started for. */
export function outsideRoots(message: string): ORPCError<"OUTSIDE_ROOTS", undefined> {
  return new ORPCError("OUTSIDE_ROOTS", { defined: true, message });
}

/** Why {@link HostServices.trash} does not try some names. */
export const NOT_UTF8_FOR_TRASH =
  "The system's trash cannot keep this file because its name is not valid UTF-8.";

/** Why {@link HostServices.trash} failed, in one line. */
export function trashRefused(cause: unknown): Error {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new Error(`The system's trash refused it: ${reason.replaceAll(/\s+/g, " ").trim()}`, {
    cause,
  });
}

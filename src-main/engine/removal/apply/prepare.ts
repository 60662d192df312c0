import { bytesFromPathText, pathTextFromBytes } from "../../../text/paths.ts";
import { foldersOf } from "../../../text/splits.ts";
import type { Project } from "../../data/project-file.ts";
import { absolutePathText } from "../../data/sidecar-names.ts";
import { NOTHING_LEFT, type ReadyRow } from "../plan/resolve-rows.ts";
import { isAnyThere, reasonOfPath, reasonToStay, type ScannedFile, scannedFile } from "./check.ts";
import type { Destination } from "./destination.ts";
import { digestOf, look } from "./file-state.ts";
import type { Intent, JournalFile } from "./journal.ts";

/** What the steps of one apply have in common. */
export interface Preparation {
  readonly project: Project;
  readonly way: Intent["way"];
  /** `null` for a way without target paths. */
  readonly destination: Destination | null;
  /** Folders whose files may be removed with an image. */
  readonly sidecarRoots: readonly string[];
  readonly scan: string;
}

/** A step that can be carried out now. */
export interface PreparedStep {
  readonly intent: Intent;
  /** Which sidecars stay, and why. */
  readonly problems: readonly string[];
}

/**
 * Checks an image and its sidecars right before they are removed.
 * @param sidecars relative to the split's folder, or absolute
 * @returns the step, or the reason why the image must be kept
 */
export async function prepareStep(
  preparation: Preparation,
  ready: ReadyRow,
  sidecars: readonly string[],
): Promise<PreparedStep | string> {
  const { project, way, destination, scan } = preparation;
  const { row, image, keeper } = ready;
  const file = scannedFile(project, image);
  const from = pathTextFromBytes(file.path);
  const reason = await reasonOfRow(project, ready);
  if (reason !== null) return reason;
  if (way === "trash" && !from.isWellFormed()) {
    return "its name is not valid UTF-8, which the system's trash does not accept. Remove it manually";
  }
  const link = way === "hardlink" ? await linkTo(project, file, keeper) : null;
  if (typeof link === "string") return link;

  const files: JournalFile[] = [await journalFile(file.path, file.sha256, destination)];
  const problems: string[] = [];
  // A hard-linked image keeps its path, and therefore its sidecars.
  for (const sidecar of way === "hardlink" ? [] : sidecars) {
    const path = bytesFromPathText(
      sidecar.startsWith("/") ? sidecar : absolutePathText(file.root, sidecar),
    );
    const stays = await reasonOfSidecar(path, [...foldersOf(file), ...preparation.sidecarRoots]);
    if (stays === null) files.push(await journalFile(path, await digestOf(path), destination));
    else problems.push(`${sidecar} stays: ${stays}`);
  }
  const { split, path } = row;
  const folder = destination?.folder ?? null;
  return { intent: { split, path, way, files, folder, link, scan }, problems };
}

/** Why an image must be kept: it cannot be removed, or no copy of it would be left. `null` if it can be removed. */
export async function reasonOfRow(
  project: Project,
  { image, kept }: ReadyRow,
): Promise<string | null> {
  const file = scannedFile(project, image);
  const reason = await reasonToStay(file);
  if (reason !== null || kept === null) return reason;
  const there = Iterator.from(kept).map((id) => scannedFile(project, id));
  return (await isAnyThere(there, file)) ? null : NOTHING_LEFT;
}

async function journalFile(
  path: Buffer,
  sha256: string,
  destination: Destination | null,
): Promise<JournalFile> {
  const stats = await look(path);
  if (!stats) throw new Error(`${pathTextFromBytes(path)} is missing.`);
  const from = pathTextFromBytes(path);
  return {
    from,
    to: destination && (await destination.pathFor(from)),
    bytes: Number(stats.size),
    modifiedNs: String(stats.mtimeNs),
    sha256,
  };
}

async function reasonOfSidecar(path: Buffer, roots: readonly string[]): Promise<string | null> {
  try {
    const outside = await reasonOfPath(path, roots);
    if (outside !== null) return outside;
    const there = await look(path);
    return there?.isFile() ? null : "it is missing or not a regular file";
  } catch (cause) {
    return `it cannot be read: ${(cause as NodeJS.ErrnoException).code ?? String(cause)}`;
  }
}

/** The keeper to link to, or the reason why it cannot be linked to. */
async function linkTo(
  project: Project,
  file: ScannedFile,
  keeper: number | null,
): Promise<NonNullable<Intent["link"]> | string> {
  if (keeper === null) return "no copy stays that it could become a hard link to";
  const kept = scannedFile(project, keeper);
  if (kept.split !== file.split) {
    return `its keeper is in ${kept.split}, and a hard link would not fix the leak. Move it to a quarantine folder instead`;
  }
  const reason = await reasonToStay({ ...kept, protected: false, isLinked: false });
  if (reason !== null) return `its keeper cannot be linked to: ${reason}`;
  const [own, other] = [await look(file.path), await look(kept.path)];
  if (!own || !other) return "it is missing";
  if (own.ino === other.ino && own.dev === other.dev)
    return "it is already a hard link to its keeper";
  return {
    path: pathTextFromBytes(kept.path),
    device: String(other.dev),
    inode: String(other.ino),
    sha256: kept.sha256,
  };
}

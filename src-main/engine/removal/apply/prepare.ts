import { bytesFromPathText, pathTextFromBytes } from "../../../text/paths.ts";
import type { Project } from "../../data/project-file.ts";
import { NOTHING_LEFT, type ReadyRow } from "../plan/resolve-rows.ts";
import { placeIn } from "../plan/sidecar-names.ts";
import { isAnyThere, reasonOfPlace, reasonToStay } from "./check.ts";
import type { Destination } from "./destination.ts";
import { digestOf, look } from "./file-state.ts";
import type { Intent, JournalFile } from "./journal.ts";
import { type ScannedFile, scannedFile } from "./scanned-file.ts";

/** How the images of one run go. */
export interface Preparation {
  readonly project: Project;
  readonly way: Intent["way"];
  /** `null` for a way that gives files no place. */
  readonly destination: Destination | null;
  /** Folders whose files may travel with an image. */
  readonly sidecarRoots: readonly string[];
  readonly scan: string;
}

/** An image that may go now. */
export interface PreparedStep {
  readonly intent: Intent;
  /** What stays of its sidecars, and why. */
  readonly problems: readonly string[];
}

/**
 * Looks at an image and its sidecars as they are now, right before they go.
 * @param sidecars relative to the folder of its split, or absolute
 * @returns why the image must stay, as text
 */
export async function prepareStep(
  preparation: Preparation,
  ready: ReadyRow,
  sidecars: readonly string[],
): Promise<PreparedStep | string> {
  const { project, way, destination, scan } = preparation;
  const { row, image, keeper } = ready;
  const file = scannedFile(project, image);
  const from = pathTextFromBytes(file.place);
  const reason = await reasonOfRow(project, ready);
  if (reason !== null) return reason;
  if (way === "trash" && !from.isWellFormed()) {
    return "its name is not UTF-8, so it can't be handed to the system's trash; remove it by hand";
  }
  const link = way === "hardlink" ? await linkTo(project, file, keeper) : null;
  if (typeof link === "string") return link;

  const files: JournalFile[] = [await journalFile(file.place, file.sha256, destination)];
  const problems: string[] = [];
  // A linked image keeps its name, and so what belongs to it.
  for (const sidecar of way === "hardlink" ? [] : sidecars) {
    const place = bytesFromPathText(
      sidecar.startsWith("/") ? sidecar : placeIn(file.root, sidecar),
    );
    const stays = await reasonOfSidecar(place, [file.root, ...preparation.sidecarRoots]);
    if (stays === null) files.push(await journalFile(place, await digestOf(place), destination));
    else problems.push(`${sidecar} stays: ${stays}`);
  }
  const { split, path } = row;
  const folder = destination?.folder ?? null;
  return { intent: { split, path, way, files, folder, link, scan }, problems };
}

/** Why an image must stay as things are now: it can't go, or none that stays in its place is there; `null` when it may go. */
export async function reasonOfRow(
  project: Project,
  { image, kept }: ReadyRow,
): Promise<string | null> {
  const reason = await reasonToStay(scannedFile(project, image));
  if (reason !== null || kept === null) return reason;
  const there = Iterator.from(kept).map((id) => scannedFile(project, id));
  return (await isAnyThere(there)) ? null : NOTHING_LEFT;
}

async function journalFile(
  place: Buffer,
  sha256: string,
  destination: Destination | null,
): Promise<JournalFile> {
  const stats = await look(place);
  if (!stats) throw new Error(`${pathTextFromBytes(place)} is gone.`);
  const from = pathTextFromBytes(place);
  return {
    from,
    to: destination && (await destination.placeFor(from)),
    bytes: Number(stats.size),
    modifiedNs: String(stats.mtimeNs),
    sha256,
  };
}

async function reasonOfSidecar(place: Buffer, roots: readonly string[]): Promise<string | null> {
  try {
    const outside = await reasonOfPlace(place, roots);
    if (outside !== null) return outside;
    const there = await look(place);
    return there?.isFile() ? null : "it is gone, or no regular file";
  } catch (cause) {
    return `it cannot be looked at: ${(cause as NodeJS.ErrnoException).code ?? String(cause)}`;
  }
}

/** The keeper that a copy is to be another name of; text says why it can't. */
async function linkTo(
  project: Project,
  file: ScannedFile,
  keeper: number | null,
): Promise<NonNullable<Intent["link"]> | string> {
  if (keeper === null) return "no copy stays that it could be a hard link to";
  const kept = scannedFile(project, keeper);
  if (kept.split !== file.split) {
    return `its keeper is in ${kept.split}: a hard link would leave the leak; move it to a quarantine folder instead`;
  }
  const reason = await reasonToStay({ ...kept, protected: false });
  if (reason !== null) return `its keeper can't be linked to: ${reason}`;
  const [own, other] = [await look(file.place), await look(kept.place)];
  if (!own || !other) return "it is gone";
  if (own.ino === other.ino && own.dev === other.dev)
    return "it is a hard link to its keeper already";
  return {
    path: pathTextFromBytes(kept.place),
    device: String(other.dev),
    inode: String(other.ino),
    sha256: kept.sha256,
  };
}

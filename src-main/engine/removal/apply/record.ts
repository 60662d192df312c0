import { createHash } from "node:crypto";
import type { FilePlace } from "../../../contract/plan.ts";
import { bytesFromPathText } from "../../../text/paths.ts";
import { closeMark, reopenMark } from "../../data/decisions/decision-log.ts";
import { setFileContent, setFilePresent } from "../../data/files-table.ts";
import { inWriteTransaction, type Project } from "../../data/project-file.ts";
import { readScanRecord } from "../../data/settings.ts";
import { scannedSplits } from "../../data/splits-table.ts";
import { look } from "./file-state.ts";
import type { Intent } from "./journal.ts";

/** What tells the scan that a project holds from any other. */
export function scanDigest(project: Project): string {
  return createHash("sha256")
    .update(JSON.stringify(readScanRecord(project)))
    .digest("hex");
}

/**
 * Notes what was done to the files of one act, whether they are away or back now. All that was computed of them stays. Nothing is
 * noted once another scan has seen for itself what is there.
 * @returns whether the project holds the scan that the act was planned by
 */
export async function recordFiles(project: Project, intent: Intent): Promise<boolean> {
  if (scanDigest(project) !== intent.scan) return false;
  const states = await Promise.all(
    intent.files.map(async (file) => ({ file, there: await look(bytesFromPathText(file.from)) })),
  );
  inWriteTransaction(project, () => {
    for (const [at, { file, there }] of states.entries()) {
      const place = at === 0 ? intent : placeOf(project, file.from);
      if (!place) continue;
      if (!there) {
        setPresent(project, place, false);
        continue;
      }
      setPresent(project, place, true);
      if (at === 0 && intent.link) recordContent(project, intent, there);
    }
  });
  return true;
}

function setPresent(project: Project, place: FilePlace, present: boolean): void {
  const path = bytesFromPathText(place.path);
  setFilePresent(project, { split: place.split, path }, present);
  const change = { split: place.split, path };
  if (present) reopenMark(project, change);
  else closeMark(project, change);
}

/** A file that became another name of its keeper holds the keeper's content; one that is back holds its own. */
function recordContent(
  project: Project,
  { split, path, files: [own], link }: Intent,
  there: { ino: bigint; dev: bigint; size: bigint; mtimeNs: bigint },
): void {
  const isLinked = String(there.ino) === link?.inode && String(there.dev) === link.device;
  const sha256 = isLinked ? link.sha256 : own?.sha256;
  setFileContent(
    project,
    { split, path: bytesFromPathText(path) },
    {
      sha256: Buffer.from(sha256 ?? "", "hex"),
      bytes: there.size,
      modifiedNs: there.mtimeNs,
    },
  );
}

/** The split and path of a file that the project may know: a mask is an image as well. */
function placeOf(project: Project, file: string): FilePlace | null {
  const held = scannedSplits(project).find(({ root }) => file.startsWith(`${root}/`));
  return held ? { split: held.name, path: file.slice(held.root.length + 1) } : null;
}

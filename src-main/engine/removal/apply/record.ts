import { createHash } from "node:crypto";
import type { FilePlace } from "../../../contract/plan.ts";
import { bytesFromPathText } from "../../../text/paths.ts";
import { foldersOf } from "../../../text/splits.ts";
import { closeMark, reopenMark } from "../../data/decisions/decision-log.ts";
import { setFileContent, setFilePresent } from "../../data/files-table.ts";
import { inWriteTransaction, type Project } from "../../data/project-file.ts";
import { readScanRecord } from "../../data/settings.ts";
import { scannedSplits } from "../../data/splits-table.ts";
import { look } from "./file-state.ts";
import type { Intent } from "./journal.ts";

/** Identifies the project's last scan. */
export function scanDigest(project: Project): string {
  return createHash("sha256")
    .update(JSON.stringify(readScanRecord(project)))
    .digest("hex");
}

/**
 * Records in the project which files of a step exist now. Everything computed from them stays. After another scan, nothing is recorded: that
 * scan has seen the files itself.
 * @returns whether the project's scan is the one that the step was planned with
 */
export async function recordFiles(project: Project, intent: Intent): Promise<boolean> {
  if (scanDigest(project) !== intent.scan) return false;
  const states = await Promise.all(
    intent.files.map(async (file) => ({ file, there: await look(bytesFromPathText(file.from)) })),
  );
  inWriteTransaction(project, () => {
    for (const [index, { file, there }] of states.entries()) {
      const own = index === 0 ? intent : fileOf(project, file.from);
      if (!own) continue;
      if (!there) {
        setPresent(project, own, false);
        continue;
      }
      setPresent(project, own, true);
      if (index === 0 && intent.link) recordContent(project, intent, there);
    }
  });
  return true;
}

function setPresent(project: Project, file: FilePlace, present: boolean): void {
  const path = bytesFromPathText(file.path);
  setFilePresent(project, { split: file.split, path }, present);
  const change = { split: file.split, path };
  if (present) reopenMark(project, change);
  else closeMark(project, change);
}

/** A file that became a hard link has its keeper's content; a restored one has its own. */
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

/** The split and path of a sidecar, which may be an image of the project itself, such as a mask. */
function fileOf(project: Project, file: string): FilePlace | null {
  const held = scannedSplits(project).find((split) =>
    foldersOf(split).some((folder) => file.startsWith(`${folder}/`)),
  );
  return held ? { split: held.name, path: file.slice(held.root.length + 1) } : null;
}

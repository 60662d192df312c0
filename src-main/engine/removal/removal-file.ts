import { EngineError } from "../../contract/errors.ts";
import { contentMarksReader, markOf } from "../decisions/effective-marks.ts";
import type { Project } from "../store/project.ts";

/** A file that may be asked to be removed, as the project knows it. */
export interface RemovalFile {
  readonly id: number;
  readonly split: string;
  readonly root: string;
  /** Below the root, as the bytes on disk. */
  readonly path: Buffer;
  readonly bytes: number;
  readonly modifiedNs: bigint;
  readonly sha256: Buffer;
  /** Whether the project has it as a readable image of one of the last scan's splits. */
  readonly present: boolean;
  readonly protected: boolean;
  readonly markedRemove: boolean;
}

/** Looks a file up without loading the project: files go one by one, and the view would be made anew after each. */
export function removalFile(project: Project, image: number): RemovalFile {
  const row = project.database
    .prepare<
      [number],
      {
        split: string;
        root: string;
        path: Buffer;
        bytes: bigint;
        modified_ns: bigint;
        sha256: Buffer;
        present: bigint;
        protected: bigint;
      }
    >(
      `SELECT s.name AS split, s.root, f.path, f.bytes, f.modified_ns, c.sha256, s.protected,
         f.present = 1 AND f.state = 'image' AND s.position IS NOT NULL AS present
       FROM files f JOIN splits s ON s.id = f.split JOIN contents c ON c.id = f.content WHERE f.id = ?`,
    )
    .safeIntegers()
    .get(image);
  if (!row) {
    throw new EngineError(
      "USAGE",
      `The project ${project.file} has no image ${image}; open it again.`,
    );
  }
  const { modified_ns: modifiedNs, ...rest } = row;
  return {
    ...rest,
    id: image,
    modifiedNs,
    bytes: Number(row.bytes),
    present: row.present === 1n,
    protected: row.protected === 1n,
    markedRemove: isMarkedRemove(project, row.sha256, image),
  };
}

function isMarkedRemove(project: Project, sha256: Buffer, image: number): boolean {
  const content = contentMarksReader(project)(sha256);
  return content.files.some((file) => file.id === image && markOf(content, file) === "remove");
}

import { EngineError } from "../../../contract/errors.ts";
import type { Project } from "../../data/project-file.ts";
import { absolutePath } from "../../files/paths.ts";
import type { FileFacts } from "./file-state.ts";

/** An image file as the project knows it. */
export interface ScannedFile extends FileFacts {
  readonly split: string;
  readonly root: string;
  /** To open it by. */
  readonly place: Buffer;
  /** Whether the project has it as a readable image of one of the last scan's splits. */
  readonly present: boolean;
  readonly protected: boolean;
}

/** Looks a file up without loading the project: files go one by one. @throws EngineError USAGE for an image that it does not have. */
export function scannedFile(project: Project, image: number): ScannedFile {
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
  return {
    split: row.split,
    root: row.root,
    place: absolutePath(row.root, row.path),
    bytes: Number(row.bytes),
    modifiedNs: row.modified_ns,
    sha256: row.sha256.toString("hex"),
    present: row.present === 1n,
    protected: row.protected === 1n,
  };
}

import { storedImage } from "../../data/files-table.ts";
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
  const row = storedImage(project, image);
  return {
    split: row.split,
    root: row.root,
    place: absolutePath(row.root, row.path),
    bytes: row.bytes,
    modifiedNs: row.modifiedNs,
    sha256: row.sha256,
    present: row.isPresent,
    protected: row.isProtected,
  };
}

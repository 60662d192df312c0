import { type Dirent, realpathSync, statSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { setImmediate } from "node:timers/promises";
import { unreadableReason } from "../../../contract/unreadable.ts";
import { absolutePath, contains } from "../../files/paths.ts";
import { folderUnavailable, systemErrorReason } from "../../files/system-errors.ts";

/** A file in a split's folder. */
export interface FoundFile {
  /** Path relative to the split's folder with `/` separators, as the bytes on disk. */
  readonly path: Buffer;
  readonly bytes: number;
  readonly modifiedNs: bigint;
}

/** A file, folder, or link that could not be read. */
export interface WalkProblem {
  readonly path: Buffer;
  readonly reason: string;
}

export interface WalkResult {
  /** Sorted by the bytes of their paths, which makes the order the same in every run. */
  readonly files: FoundFile[];
  readonly problems: WalkProblem[];
}

/** Entries between two checkpoints. */
const ENTRIES_PER_CHECKPOINT = 256;

/** Reason for not following a symbolic link. */
export const LEADS_OUTSIDE = unreadableReason("outside-link");

const SLASH = Buffer.from("/");
const DOT = 0x2e;

/**
 * Lists every file in `root` and its subfolders. Skips hidden entries (a leading dot). Follows symbolic links within `root`;
 * a link that is broken, leads outside, or leads to a folder that contains it is a problem, as is an unreadable folder.
 * @param onProgress called at every checkpoint with the number of files found so far
 * @param checkpoint awaited regularly; the walk may pause there
 * @throws EngineError FOLDER_UNAVAILABLE when `root` itself cannot be listed; the signal's reason after an abort
 */
export async function walkSplit(
  root: string,
  signal: AbortSignal,
  onProgress: (files: number) => void,
  checkpoint: () => Promise<void> = async () => {},
): Promise<WalkResult> {
  const files: FoundFile[] = [];
  const problems: WalkProblem[] = [];
  const realRoot = realpathSync(root);
  let visited = 0;

  /** @param followed targets of the links on the way to this folder; following one of them again would never end */
  async function visit(folder: Buffer, followed: readonly string[]): Promise<void> {
    let entries: Dirent<Buffer>[];
    try {
      entries = await readdir(absolutePath(root, folder), {
        withFileTypes: true,
        encoding: "buffer",
      });
    } catch (cause) {
      if (folder.length === 0) throw folderUnavailable(root, cause);
      problems.push({
        path: folder,
        reason: unreadableFile(cause, "the folder cannot be listed"),
      });
      return;
    }
    for (const entry of entries) {
      if (entry.name[0] === DOT) continue;
      const path = folder.length === 0 ? entry.name : Buffer.concat([folder, SLASH, entry.name]);
      if (++visited % ENTRIES_PER_CHECKPOINT === 0) {
        onProgress(files.length);
        await setImmediate();
        await checkpoint();
        signal.throwIfAborted();
      }
      const link = entry.isSymbolicLink();
      try {
        const target = link ? realpathSync(absolutePath(root, path)) : undefined;
        if (target !== undefined && !contains(realRoot, target)) {
          problems.push({ path, reason: LEADS_OUTSIDE });
          continue;
        }
        const stats = statSync(absolutePath(root, path), { bigint: true });
        if (stats.isFile()) {
          files.push({ path, bytes: Number(stats.size), modifiedNs: stats.mtimeNs });
        } else if (stats.isDirectory() && target === undefined) {
          await visit(path, followed);
        } else if (stats.isDirectory() && target !== undefined) {
          const here = realpathSync(absolutePath(root, folder));
          if ([here, ...followed].some((open) => contains(target, open))) {
            problems.push({
              path,
              reason: "symbolic link to a folder that contains it; not followed",
            });
          } else {
            await visit(path, [...followed, target]);
          }
        }
      } catch (cause) {
        if (signal.aborted) throw cause;
        const isBroken = link && BROKEN_LINK_CODES.has((cause as NodeJS.ErrnoException).code);
        problems.push({
          path,
          reason: isBroken ? unreadableReason("missing", "broken link") : unreadableFile(cause),
        });
      }
    }
  }

  await visit(Buffer.alloc(0), []);
  onProgress(files.length);
  files.sort((a, b) => a.path.compare(b.path));
  problems.sort((a, b) => a.path.compare(b.path));
  return { files, problems };
}

/** Permission has a reason of its own. */
function unreadableFile(cause: unknown, what = "cannot be read"): string {
  const reason = systemErrorReason(cause);
  return reason === unreadableReason("permission")
    ? unreadableReason("permission", what === "cannot be read" ? undefined : what)
    : `${what}: ${reason}`;
}

/** The target does not exist, or links lead to each other. */
const BROKEN_LINK_CODES: ReadonlySet<string | undefined> = new Set(["ENOENT", "ELOOP"]);

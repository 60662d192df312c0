import { type Dirent, realpathSync, statSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { setImmediate } from "node:timers/promises";
import { absolutePath, contains } from "../../files/paths.ts";
import { unavailable } from "../../files/unavailable.ts";

/** A file below a split's root. */
export interface FoundFile {
  /** Path relative to the root, `/` between folders, as the bytes on disk. */
  readonly path: Buffer;
  readonly bytes: number;
  readonly modifiedNs: bigint;
}

/** Something below a split's root that could not be looked into. */
export interface WalkProblem {
  readonly path: Buffer;
  readonly reason: string;
}

export interface WalkResult {
  /** Sorted by the bytes of their paths, so that every run sees the same order. */
  readonly files: FoundFile[];
  readonly problems: WalkProblem[];
}

/** Files looked at between two turns of the event loop, so that a cancel is heard at once. */
const FILES_PER_TURN = 256;

const SLASH = Buffer.from("/");
const DOT = 0x2e;

/**
 * Lists every file below `root`. Hidden entries (a leading dot) are left out. Symbolic links are followed as long as they stay
 * inside the root; one that leads out, nowhere or to a folder that holds it is a problem, as is a folder that can't be read.
 * @param onProgress called now and then with the number of files found so far.
 * @param checkpoint awaited now and then: the walk may be paused.
 * @throws EngineError FOLDER_UNAVAILABLE when the root itself can't be listed; the signal's reason when it is aborted.
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
  let looked = 0;

  /** @param linked real paths of the links that led here: coming to one of them again would never end. */
  async function visit(folder: Buffer, linked: readonly string[]): Promise<void> {
    let entries: Dirent<Buffer>[];
    try {
      entries = await readdir(absolutePath(root, folder), {
        withFileTypes: true,
        encoding: "buffer",
      });
    } catch (cause) {
      if (folder.length === 0) throw unavailable(root, cause);
      problems.push({ path: folder, reason: `folder cannot be read: ${reasonOf(cause)}` });
      return;
    }
    for (const entry of entries) {
      if (entry.name[0] === DOT) continue;
      const path = folder.length === 0 ? entry.name : Buffer.concat([folder, SLASH, entry.name]);
      if (++looked % FILES_PER_TURN === 0) {
        onProgress(files.length);
        await setImmediate();
        await checkpoint();
        signal.throwIfAborted();
      }
      const link = entry.isSymbolicLink();
      try {
        const target = link ? realpathSync(absolutePath(root, path)) : undefined;
        if (target !== undefined && !contains(realRoot, target)) {
          problems.push({
            path,
            reason: "symbolic link to outside the split's folder; not followed",
          });
          continue;
        }
        const stats = statSync(absolutePath(root, path), { bigint: true });
        if (stats.isFile()) {
          files.push({ path, bytes: Number(stats.size), modifiedNs: stats.mtimeNs });
        } else if (stats.isDirectory() && target === undefined) {
          await visit(path, linked);
        } else if (stats.isDirectory() && target !== undefined) {
          const here = realpathSync(absolutePath(root, folder));
          if ([here, ...linked].some((open) => contains(target, open))) {
            problems.push({
              path,
              reason: "symbolic link to a folder that holds it; not followed",
            });
          } else {
            await visit(path, [...linked, target]);
          }
        }
      } catch (cause) {
        if (signal.aborted) throw cause;
        const nowhere = link && NOWHERE_CODES.includes(errorCode(cause));
        problems.push({
          path,
          reason: nowhere ? "symbolic link to nowhere" : `cannot be read: ${reasonOf(cause)}`,
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

/** What following a link ends in when nothing stands there, or only links that lead to each other. */
const NOWHERE_CODES = ["ENOENT", "ELOOP"];

function reasonOf(cause: unknown): string {
  const code = errorCode(cause);
  return code === "EACCES" || code === "EPERM" ? "permission denied" : code;
}

function errorCode(cause: unknown): string {
  return (cause as NodeJS.ErrnoException).code ?? String(cause);
}

import { type BigIntStats, type Dirent, realpathSync, statSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { setImmediate } from "node:timers/promises";
import { unreadableReason } from "../../../contract/unreadable.ts";
import { absolutePath, contains } from "../../files/paths.ts";
import { folderUnavailable, systemErrorReason } from "../../files/system-errors.ts";
import { type Entry, type FolderNames, type FoundFile, foundFiles } from "./file-names.ts";
import { isHidden, isSystemFolder } from "./system-folders.ts";

/** A file, folder, or link that could not be read. */
export interface WalkProblem {
  readonly path: Buffer;
  readonly reason: string;
}

/** A folder that was not looked into, and the number of files below it. */
export interface SkippedPlace {
  readonly path: Buffer;
  readonly files: number;
}

export interface WalkResult {
  /** Sorted by the bytes of their paths, which makes the order the same in every run. */
  readonly files: FoundFile[];
  readonly problems: WalkProblem[];
  /** Only folders with files. */
  readonly skipped: SkippedPlace[];
}

export interface WalkOptions {
  readonly signal: AbortSignal;
  /** Real paths of folders that links may lead to, besides `root` itself. */
  readonly follow?: readonly string[];
  /** `once`: each file by one of its names; `all`: by every name. */
  readonly names?: "once" | "all";
  /** Called at every checkpoint with the number of files found so far. */
  readonly onProgress?: (files: number) => void;
  /** Awaited regularly; the walk may pause there. */
  readonly checkpoint?: () => Promise<void>;
}

/** Entries between two checkpoints. */
const ENTRIES_PER_CHECKPOINT = 256;

/** Reason for not following a symbolic link. */
export const LEADS_OUTSIDE = unreadableReason("outside-link");

const SLASH = Buffer.from("/");

/** A folder to list. */
interface Visit {
  readonly path: Buffer;
  readonly linked: boolean;
  readonly parent: FolderNames | null;
}

/**
 * Lists every file in `root` and its subfolders, each once however many links and hard links lead to it: by its real path if that is in
 * `root`, else by the first link in sorted order. Skips hidden files and system folders. Follows symbolic links within `root` and into
 * `follow`; a link that is broken or leads elsewhere is a problem, as is an unreadable folder.
 * @throws EngineError FOLDER_UNAVAILABLE when `root` itself cannot be listed; the signal's reason after an abort
 */
export async function walkSplit(root: string, options: WalkOptions): Promise<WalkResult> {
  const { signal, follow = [], names = "once", onProgress, checkpoint } = options;
  const entries: Entry[] = [];
  const problems: WalkProblem[] = [];
  const skipped: SkippedPlace[] = [];
  const allowed = [realpathSync(root), ...follow];
  /** Folders seen so far, by device and inode. */
  const folders = new Map<string, FolderNames>();
  /** Links to folders, followed after everything that needs no link. */
  let links: Visit[] = [];
  let visited = 0;

  await visit({ path: Buffer.alloc(0), linked: false, parent: null });
  while (links.length > 0) {
    const next = links.sort((a, b) => a.path.compare(b.path));
    links = [];
    for (const link of next) await visit(link);
  }
  onProgress?.(entries.length);
  problems.sort((a, b) => a.path.compare(b.path));
  skipped.sort((a, b) => a.path.compare(b.path));
  return { files: foundFiles(entries, names), problems, skipped };

  async function visit({ path: folder, linked, parent }: Visit): Promise<void> {
    let listed: Dirent<Buffer>[];
    let here: FolderNames;
    try {
      const absolute = absolutePath(root, folder);
      const key = keyOf(statSync(absolute, { bigint: true }), absolute);
      const known = folders.get(key);
      if (known && (names === "once" || isWithin(parent, key))) {
        known.otherNames++;
        return;
      }
      here = { key, parent, otherNames: 0 };
      folders.set(key, known ?? here);
      listed = await list(absolute);
    } catch (cause) {
      if (folder.length === 0) throw folderUnavailable(root, cause);
      problems.push({ path: folder, reason: reasonOf(cause, "the folder cannot be listed") });
      return;
    }
    for (const entry of listed) {
      const path = folder.length === 0 ? entry.name : Buffer.concat([folder, SLASH, entry.name]);
      await pass();
      if (entry.isDirectory() && isSystemFolder(entry.name)) await skip(path);
      else if (!isHidden(entry.name)) await take(path, entry.isSymbolicLink(), linked, here);
    }
  }

  async function take(path: Buffer, isLink: boolean, linked: boolean, here: FolderNames) {
    const absolute = absolutePath(root, path);
    try {
      if (isLink && !isAllowed(realpathSync(absolute))) {
        problems.push({ path, reason: LEADS_OUTSIDE });
        return;
      }
      const stats = statSync(absolute, { bigint: true });
      if (stats.isFile()) {
        const key = keyOf(stats, absolute);
        entries.push({ path, stats, key, linked: linked || isLink, folder: here });
      } else if (stats.isDirectory()) {
        const found = { path, linked: linked || isLink, parent: here };
        if (isLink) links.push(found);
        else await visit(found);
      }
    } catch (cause) {
      if (signal.aborted) throw cause;
      const isBroken = isLink && BROKEN_LINK_CODES.has((cause as NodeJS.ErrnoException).code);
      problems.push({
        path,
        reason: isBroken ? unreadableReason("missing", "broken link") : reasonOf(cause),
      });
    }
  }

  function isAllowed(target: string): boolean {
    return allowed.some((folder) => contains(folder, target));
  }

  /** Counts the files in a folder that is not scanned. */
  async function skip(path: Buffer): Promise<void> {
    const waiting = [absolutePath(root, path)];
    let files = 0;
    for (let folder = waiting.pop(); folder; folder = waiting.pop()) {
      for (const entry of await list(folder).catch(() => [])) {
        await pass();
        if (entry.isDirectory()) waiting.push(Buffer.concat([folder, SLASH, entry.name]));
        else files++;
      }
    }
    if (files > 0) skipped.push({ path, files });
  }

  async function pass(): Promise<void> {
    if (++visited % ENTRIES_PER_CHECKPOINT !== 0) return;
    onProgress?.(entries.length);
    await setImmediate();
    await checkpoint?.();
    signal.throwIfAborted();
  }
}

function list(folder: Buffer): Promise<Dirent<Buffer>[]> {
  return readdir(folder, { withFileTypes: true, encoding: "buffer" });
}

/** Whether a folder is one of these or contains them: following a link to it would never end. */
function isWithin(folder: FolderNames | null, key: string): boolean {
  for (let open = folder; open; open = open.parent) if (open.key === key) return true;
  return false;
}

/** What all names of a file or folder share. */
function keyOf({ dev, ino }: BigIntStats, path: Buffer): string {
  return ino === 0n ? realpathSync(path) : `${dev}:${ino}`;
}

/** The target does not exist, or links lead to each other. */
const BROKEN_LINK_CODES: ReadonlySet<string | undefined> = new Set(["ENOENT", "ELOOP"]);

/** Why something cannot be read. @param what more about it */
function reasonOf(cause: unknown, what?: string): string {
  const reason = systemErrorReason(cause);
  if (reason === unreadableReason("permission")) return unreadableReason("permission", what);
  return `${what ?? "cannot be read"}: ${reason}`;
}

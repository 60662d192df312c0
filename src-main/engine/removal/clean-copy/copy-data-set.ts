import { realpath } from "node:fs/promises";
import type { CopyCounts, CopyEvent, ParsedCopyRequest } from "../../../contract/clean-copy.ts";
import { EngineError } from "../../../contract/errors.ts";
import { pathTextFromBytes } from "../../../text/paths.ts";
import { foldersOf } from "../../../text/splits.ts";
import type { LoadedProject } from "../../analysis/project/loaded-project.ts";
import { openProjectToWrite, type Project } from "../../data/project-file.ts";
import { projectLinkRoots } from "../../data/project-link-roots.ts";
import type { ProjectView } from "../../data/project-view.ts";
import { absolutePathText } from "../../data/sidecar-names.ts";
import { absolutePath } from "../../files/paths.ts";
import { systemErrorReason } from "../../files/system-errors.ts";
import type { FoundFile } from "../../scan/walk/file-names.ts";
import { walkFolders } from "../../scan/walk/walk-folders.ts";
import type { Disk } from "../apply/disk.ts";
import { holdPlan } from "../apply/held-plan.ts";
import type { PairCheck } from "../plan/verified-removals.ts";
import { copyOrLink, OutsideError, sourceOf, writeNewFile } from "./copy-file.ts";
import { CopyFolder } from "./copy-folder.ts";
import { leaveOut } from "./leave-out.ts";
import { cleanManifest, ManifestTooLargeError } from "./manifests/clean-manifest.ts";
import { NamedFiles } from "./manifests/named-files.ts";

/** Between two reports of progress. */
const PROGRESS_INTERVAL_MS = 100;

export interface CopyOptions {
  /** Returns the project's current state, which is valid until the next await. */
  readonly open: () => LoadedProject;
  /** Compares the files of each pair that a rule acts on. */
  readonly check?: PairCheck;
  readonly disk: Disk;
  /** Stops before the next file. */
  readonly signal: AbortSignal;
  readonly emit: (event: CopyEvent) => void;
}

/**
 * Copies all files of the splits except those that the plan removes. The originals do not change. As in a scan, hidden files are skipped and
 * symbolic links followed. Manifests lose the rows of removed images.
 * @throws EngineError PROJECT_BUSY; USAGE for an unusable plan or folder; FOLDER_UNAVAILABLE; DISK_UNWRITABLE, which leaves the copy marked as
 *   incomplete
 */
export async function copyDataSet(
  request: ParsedCopyRequest,
  options: CopyOptions,
): Promise<CopyCounts> {
  const { project } = options.open();
  if (request.sidecarRoots.length > 0) {
    throw new EngineError(
      "USAGE",
      "A clean copy contains only the splits' folders. Omit the sidecar folders, or scan the folder that contains both.",
    );
  }
  if (request.dryRun) return run(request, options, project);
  using own = await openProjectToWrite(project.file);
  return await run(request, options, own);
}

/** @param project with a connection of the caller */
async function run(
  request: ParsedCopyRequest,
  { open, check, disk, signal, emit }: CopyOptions,
  project: Project,
): Promise<CopyCounts> {
  const folder = await CopyFolder.at(request.folder, open().view.splits);
  const held = await holdPlan(request, open, check);
  const { view } = held;
  const { paths: leftOut, ...left } = await leaveOut(held, project, signal, (result) =>
    emit({ type: "result", ...result }),
  );
  const counts: CopyCounts = {
    ...left,
    images: 0,
    others: 0,
    linked: 0,
    manifests: 0,
    problems: 0,
  };
  const images = imagePaths(view);
  const named = new NamedFiles(leftOut);
  const found: { split: string; root: string; realFolders: string[]; files: FoundFile[] }[] = [];
  const follow = projectLinkRoots(project);
  for (const scanned of view.splits) {
    const { name: split, root } = scanned;
    const { files, problems } = await walkFolders(scanned, { signal, follow, names: "all" });
    for (const { path, reason } of problems) problem(split, path, reason);
    for (const { path } of files) named.add(absolutePathText(root, pathTextFromBytes(path)));
    const own = await Promise.all(foldersOf(scanned).map((folder) => realpath(folder)));
    found.push({ split, root, realFolders: [...own, ...follow], files });
  }
  const total = found.reduce((sum, { files }) => sum + files.length, 0);
  let [done, reportedAt] = [0, Number.NEGATIVE_INFINITY];
  if (!request.dryRun) await folder.begin(disk);
  for (const { split, root, realFolders, files } of found) {
    for (const { path } of files) {
      signal.throwIfAborted();
      done++;
      if (performance.now() - reportedAt >= PROGRESS_INTERVAL_MS) {
        reportedAt = performance.now();
        emit({ type: "progress", done, total });
      }
      const absolute = absolutePathText(root, pathTextFromBytes(path));
      if (leftOut.has(absolute)) continue;
      try {
        await copyOne(split, root, realFolders, path, absolute);
        counts[images.has(absolute) ? "images" : "others"]++;
      } catch (cause) {
        folder.requireWritable(cause);
        problem(split, path, wordsOf(cause));
      }
    }
  }
  if (!request.dryRun) await folder.finish(disk);
  return counts;

  async function copyOne(
    split: string,
    root: string,
    realFolders: readonly string[],
    path: Buffer,
    absolute: string,
  ): Promise<void> {
    const from = await sourceOf(absolutePath(root, path), realFolders);
    const to = folder.pathFor(split, path);
    const manifest = await cleanManifest(from, absolute, named.namesIn(absolute, root)).catch(
      (cause) => {
        if (!(cause instanceof ManifestTooLargeError)) throw cause;
        problem(split, path, "too large to read as a manifest; copied with all its rows");
        return null;
      },
    );
    const isCut = manifest !== null && manifest.rows + manifest.annotations > 0;
    if (isCut) {
      const { rows, annotations } = manifest;
      counts.manifests++;
      emit({ type: "manifest", split, path: pathTextFromBytes(path), rows, annotations });
    }
    if (request.dryRun) return;
    if (isCut) await writeNewFile(disk, manifest.text, to);
    // A manifest is never linked: editing the copy must not change the original.
    else if (await copyOrLink(disk, from, to, manifest ? "file" : request.by)) counts.linked++;
  }

  function problem(split: string, path: Buffer, reason: string): void {
    counts.problems++;
    emit({ type: "problem", split, path: pathTextFromBytes(path), reason });
  }
}

/** Absolute paths of all images, including unreadable ones. */
function imagePaths({ splits, images, unreadable }: ProjectView): Set<string> {
  const rootOf = new Map(splits.map(({ name, root }) => [name, root]));
  return new Set(
    [...images.values(), ...unreadable].map(({ split, path }) =>
      absolutePathText(rootOf.get(split) ?? "", path),
    ),
  );
}

/** Why a file could not be copied. */
function wordsOf(cause: unknown): string {
  if (cause instanceof OutsideError) return cause.message;
  return systemErrorReason(cause, {
    ENOENT: "it is missing",
    EEXIST: "another file has the same path in the copy",
  });
}

import { realpath } from "node:fs/promises";
import type { CopyCounts, CopyEvent, ParsedCopyRequest } from "../../../contract/clean-copy.ts";
import { EngineError } from "../../../contract/errors.ts";
import { pathTextFromBytes } from "../../../text/paths.ts";
import type { LoadedProject } from "../../analysis/project/loaded-project.ts";
import { openProjectToWrite, type Project } from "../../data/project-file.ts";
import type { ProjectView } from "../../data/project-view.ts";
import { absolutePath } from "../../files/paths.ts";
import { systemErrorReason } from "../../files/system-errors.ts";
import { type FoundFile, walkSplit } from "../../scan/walk/walk-split.ts";
import type { Disk } from "../apply/disk.ts";
import { holdPlan } from "../apply/held-plan.ts";
import { placeIn } from "../plan/sidecar-names.ts";
import { CopyFolder } from "./copy-folder.ts";
import { leaveOut } from "./leave-out.ts";
import { cleanManifest, ManifestTooLargeError } from "./manifests/clean-manifest.ts";
import { NamedFiles } from "./manifests/named-files.ts";
import { OutsideError, placeFile, placeText, sourceOf } from "./place-file.ts";

/** Between two reports of progress. */
const PROGRESS_INTERVAL_MS = 100;

export interface CopyOptions {
  /** Gives the project as it is now; what it gives holds until the next await. */
  readonly open: () => LoadedProject;
  readonly disk: Disk;
  /** Stops before the next file. */
  readonly signal: AbortSignal;
  readonly emit: (event: CopyEvent) => void;
}

/**
 * Builds a folder that holds every file of the splits which the plan lets stay, and changes nothing in theirs. Hidden files are left out
 * and symbolic links followed as a scan does. Manifests get no row of an image that is left out.
 * @throws EngineError PROJECT_BUSY; USAGE for a plan or a folder that makes no sense; FOLDER_UNAVAILABLE; DISK_UNWRITABLE, with the copy
 *   marked as incomplete
 */
export async function copyDataSet(
  request: ParsedCopyRequest,
  options: CopyOptions,
): Promise<CopyCounts> {
  const { project } = options.open();
  if (request.sidecarRoots.length > 0) {
    throw new EngineError(
      "USAGE",
      "A copy holds the splits' folders and nothing else: leave out the folders of sidecars, or scan the folder that holds both.",
    );
  }
  if (request.dryRun) return run(request, options, project);
  using own = await openProjectToWrite(project.file);
  return await run(request, options, own);
}

/** @param project the caller's own connection */
async function run(
  request: ParsedCopyRequest,
  { open, disk, signal, emit }: CopyOptions,
  project: Project,
): Promise<CopyCounts> {
  const folder = await CopyFolder.at(request.folder, open().view.splits);
  const held = await holdPlan(request, open);
  const { view } = held;
  const { places: leftOut, ...left } = await leaveOut(held, project, signal, (result) =>
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
  const images = imagePlaces(view);
  const named = new NamedFiles(leftOut);
  const found: { split: string; root: string; files: FoundFile[] }[] = [];
  for (const { name: split, root } of view.splits) {
    const { files, problems } = await walkSplit(root, signal, () => {});
    for (const { path, reason } of problems) problem(split, path, reason);
    for (const { path } of files) named.add(placeIn(root, pathTextFromBytes(path)));
    found.push({ split, root, files });
  }
  const total = found.reduce((sum, { files }) => sum + files.length, 0);
  let [done, toldAt] = [0, Number.NEGATIVE_INFINITY];
  if (!request.dryRun) await folder.begin(disk);
  for (const { split, root, files } of found) {
    const realRoot = await realpath(root);
    for (const { path } of files) {
      signal.throwIfAborted();
      done++;
      if (performance.now() - toldAt >= PROGRESS_INTERVAL_MS) {
        toldAt = performance.now();
        emit({ type: "progress", done, total });
      }
      const place = placeIn(root, pathTextFromBytes(path));
      if (leftOut.has(place)) continue;
      try {
        await copyOne(split, root, realRoot, path, place);
        counts[images.has(place) ? "images" : "others"]++;
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
    realRoot: string,
    path: Buffer,
    place: string,
  ): Promise<void> {
    const from = await sourceOf(absolutePath(root, path), realRoot);
    const to = folder.placeFor(split, path);
    const manifest = await cleanManifest(from, place, named.namesIn(place, root)).catch((cause) => {
      if (!(cause instanceof ManifestTooLargeError)) throw cause;
      problem(split, path, "too large to be looked into; copied with all its rows");
      return null;
    });
    const isCut = manifest !== null && manifest.rows + manifest.annotations > 0;
    if (isCut) {
      const { rows, annotations } = manifest;
      counts.manifests++;
      emit({ type: "manifest", split, path: pathTextFromBytes(path), rows, annotations });
    }
    if (request.dryRun) return;
    if (isCut) await placeText(disk, manifest.text, to);
    // A manifest is never a link: who edits the copy's must not edit the original.
    else if (await placeFile(disk, from, to, manifest ? "file" : request.by)) counts.linked++;
  }

  function problem(split: string, path: Buffer, reason: string): void {
    counts.problems++;
    emit({ type: "problem", split, path: pathTextFromBytes(path), reason });
  }
}

/** Places of all images, those that could not be read with them. */
function imagePlaces({ splits, images, unreadable }: ProjectView): Set<string> {
  const rootOf = new Map(splits.map(({ name, root }) => [name, root]));
  return new Set(
    [...images.values(), ...unreadable].map(({ split, path }) =>
      placeIn(rootOf.get(split) ?? "", path),
    ),
  );
}

/** Why a file is not in the copy. */
function wordsOf(cause: unknown): string {
  if (cause instanceof OutsideError) return cause.message;
  return systemErrorReason(cause, {
    ENOENT: "it is gone",
    EEXIST: "another file has taken its name in the copy",
  });
}

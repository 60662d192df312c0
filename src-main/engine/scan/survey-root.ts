import type { Dirent } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { FolderImages, RecognizedRoot, RootSurvey } from "../../contract/root-layout.ts";
import type { Split } from "../../contract/scan-request.ts";
import { foldersOf, splitOfFolder, splitOfWord, TRAIN } from "../../text/splits.ts";
import { type RootLayout, readRootLayout } from "../data/settings.ts";
import { scannedSplits } from "../data/splits-table.ts";
import { folderUnavailable } from "../files/system-errors.ts";
import { looksLikeImageName } from "./decode/sniff.ts";
import type { ScanRun } from "./scan-run.ts";
import { splitsOfFolders } from "./walk/recognize-splits.ts";
import { isHidden, isSystemFolder } from "./walk/system-folders.ts";

/** Folders of annotations and masks, which are not images to compare. */
const SIDECAR_FOLDER =
  /(^|[^a-z])(masks?|labels?(tr|ts)?|annotations?|segmentations?(class|object)?|ground[ _-]?truth|gt)([^a-z]|$)/i;
const MASK_FILE = /_mask\.[^.]+$/i;
/** Files that list images. */
const LIST = /\.(txt|json|jsonl|csv|tsv)$/i;

/**
 * Finds a data set's splits by the names of its folders, and what else it contains. A name that only contains a split's word must have
 * images.
 * @returns the splits in display order, or the whole folder as one split `all`
 * @throws EngineError FOLDER_UNAVAILABLE when the folder cannot be listed; the signal's reason after an abort
 */
export async function recognizeRoot(root: string, signal?: AbortSignal): Promise<RecognizedRoot> {
  const absolute = resolve(root);
  const found = new Map<string, string[]>();
  for (const { name, isFolder } of await list(absolute, absolute)) {
    const split = isFolder ? splitOfFolder(name) : undefined;
    if (split === undefined || SIDECAR_FOLDER.test(name)) continue;
    if (splitOfWord(name) === undefined && !(await hasImage(join(absolute, name), signal)))
      continue;
    found.set(split, [...(found.get(split) ?? []), name]);
  }
  // A class may be named "test tube": a single part of a name makes no split.
  const [only, ...others] = found.keys();
  const isPlain = found.get(only ?? "")?.some((name) => splitOfWord(name) !== undefined);
  if (others.length === 0 && only !== TRAIN && !isPlain) found.clear();
  const splits = splitsOfFolders(absolute, found);
  return { splits, ...(await surveyRoot(absolute, splits, signal)) };
}

/** Looks for images of a root that a scan of these splits leaves out, and for splits that it mixes. It reads no file. */
export async function surveyRoot(
  root: string,
  splits: readonly Split[],
  signal?: AbortSignal,
): Promise<RootSurvey> {
  const read = new Set(
    splits.flatMap((split) => foldersOf(split).map((folder) => resolve(folder))),
  );
  const isWhole = read.has(resolve(root));
  const images = new Map<string, number>();
  const add = (name: string, count: number) => images.set(name, (images.get(name) ?? 0) + count);
  for await (const path of filesBelow(resolve(root), signal, isWhole ? new Set() : read)) {
    const folders = path.split("/");
    const name = folders.pop() ?? "";
    if (!isWhole) {
      if (isImage(folders, name)) add(folders[0] ?? ".", 1);
      continue;
    }
    const depth = folders.findIndex((folder) => splitOfFolder(folder) !== undefined);
    if (depth >= 0 && isImage(folders, name)) add(folders.slice(0, depth + 1).join("/"), 1);
    else if (LIST.test(name) && splitOfFolder(name.replace(LIST, "")) !== undefined) add(path, 0);
  }
  const entries: FolderImages[] = Array.from(images, ([folder, count]) => ({
    folder,
    images: count,
  })).sort((a, b) => (a.folder < b.folder ? -1 : 1));
  return isWhole ? { unused: [], splitLike: entries } : { unused: entries, splitLike: [] };
}

/** What the roots contain besides the splits. A root that was confirmed to be one split stays so. */
export async function surveyRoots(
  { project, order, signal }: ScanRun,
  splits: readonly Split[],
): Promise<RootLayout> {
  const before = readRootLayout(project);
  const wholes = (all: readonly Split[]) =>
    all.filter(({ folders }) => folders === undefined).map(({ root }) => root);
  const isSame = isDeepStrictEqual(wholes(scannedSplits(project)), wholes(splits));
  const found: RootSurvey = { unused: [], splitLike: [] };
  for (const root of order.roots ?? []) {
    const { unused, splitLike } = await surveyRoot(root, splits, signal);
    found.unused.push(...unused);
    found.splitLike.push(...splitLike);
  }
  return { ...found, oneSplit: order.oneSplit ?? (isSame && before.oneSplit) };
}

function isImage(folders: readonly string[], name: string): boolean {
  return (
    looksLikeImageName(name) &&
    !MASK_FILE.test(name) &&
    !folders.some((folder) => SIDECAR_FOLDER.test(folder))
  );
}

async function hasImage(folder: string, signal: AbortSignal | undefined): Promise<boolean> {
  for await (const path of filesBelow(folder, signal)) if (looksLikeImageName(path)) return true;
  return false;
}

/** Paths of the files below a folder, with slashes. Linked folders are followed only directly in it. */
async function* filesBelow(
  root: string,
  signal: AbortSignal | undefined,
  leaveOut: ReadonlySet<string> = new Set(),
): AsyncGenerator<string> {
  const waiting = [""];
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    signal?.throwIfAborted();
    const absolute = join(root, folder);
    if (leaveOut.has(absolute)) continue;
    const entries = await list(absolute, root).catch((cause: unknown) => {
      if (folder === "") throw cause;
      return []; // The walk of the scan reports it.
    });
    for (const { name, isFolder, isLink } of entries) {
      const path = folder === "" ? name : `${folder}/${name}`;
      if (!isFolder) yield path;
      else if (!isLink || folder === "") waiting.push(path);
    }
  }
}

/** The entries of a folder in the order of their names, without hidden and system folders. */
async function list(folder: string, root: string) {
  const entries: Dirent[] = await readdir(folder, { withFileTypes: true }).catch(
    (cause: unknown) => {
      throw folderUnavailable(root, cause);
    },
  );
  const listed = [];
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const name = Buffer.from(entry.name);
    if (entry.isDirectory() ? isSystemFolder(name) : isHidden(name)) continue;
    const isLink = entry.isSymbolicLink();
    const stats = isLink ? await stat(join(folder, entry.name)).catch(() => undefined) : entry;
    if (!stats) continue;
    listed.push({ name: entry.name, isFolder: stats.isDirectory(), isLink });
  }
  return listed;
}

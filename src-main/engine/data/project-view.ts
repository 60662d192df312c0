import { EngineError } from "../../contract/errors.ts";
import { ImageId } from "../../contract/ids.ts";
import type {
  DamagedImage,
  ReportImage,
  SkippedFolder,
  Unreadable,
} from "../../contract/report.ts";
import { causeOf } from "../../contract/unreadable.ts";
import { pathTextFromBytes } from "../../text/paths.ts";
import { labelOf, staysInside } from "../files/paths.ts";
import { type Space, spaceOf } from "../vectors/space.ts";
import { readColumns } from "./columns.ts";
import { type ContentFacts, storedThumbnailReader } from "./contents-table.ts";
import { damagedProject, HIGHEST_FILE_ID } from "./damage.ts";
import { Embeddings } from "./embeddings.ts";
import { modelOutputId } from "./model-outputs.ts";
import { loadPairs, neighborsReader } from "./neighborhood.ts";
import { collapseToNodes, type Nodes } from "./nodes.ts";
import type { Pairs } from "./pairs.ts";
import type { Project } from "./project-file.ts";
import { type RootLayout, readRootLayout, readScanRecord, type ScanRecord } from "./settings.ts";
import { type ScannedSplit, scannedSplits } from "./splits-table.ts";

/** An image as reports identify it. */
export interface ViewedImage {
  readonly id: number;
  readonly split: string;
  readonly path: string;
  readonly label: string | null;
  readonly content: number;
  /** Other paths in the splits that lead to the same file. */
  readonly otherNames: number;
  /** The path leads through a link, or other paths lead to the file. */
  readonly isLinked: boolean;
}

/** A model output that the scan compared images by. */
export interface ViewedOutput {
  readonly name: string;
  readonly dimensions: number;
  readonly pairs: Pairs;
  readonly embeddings: Embeddings;
  /** The searched space; computed from all embeddings on first use. */
  readonly space: Space;
  /** A node's nearest neighbors within a split, nearest first. */
  readonly neighborsOf: (node: number, split: number) => number[];
}

/** A scanned project in memory: everything that thresholds, clusters and reports need. */
export interface ProjectView {
  readonly project: Project;
  readonly record: ScanRecord;
  readonly splits: readonly ScannedSplit[];
  /** What the roots contain besides the splits. */
  readonly layout: RootLayout;
  readonly nodes: Nodes;
  /** Readable images by id, ascending. */
  readonly images: ReadonlyMap<number, ViewedImage>;
  readonly unreadable: readonly Unreadable[];
  /** Images that decode although data is missing or broken. */
  readonly damaged: readonly DamagedImage[];
  readonly skipped: readonly SkippedFolder[];
  /** Links and hard links to files that are counted by another path, by split. */
  readonly otherNames: ReadonlyMap<string, number>;
  readonly modelOutputs: readonly ViewedOutput[];
}

/**
 * Loads a scanned project.
 * @param modelOutputs names of model outputs; empty for all that the scan compared by
 * @throws EngineError PROJECT_INVALID if its last scan did not finish; USAGE for a model output that the scan did not use
 */
export function viewProject(project: Project, modelOutputs: readonly string[] = []): ProjectView {
  const record = readScanRecord(project);
  if (!record) {
    throw new EngineError(
      "PROJECT_INVALID",
      `The last scan into ${project.file} did not finish. Scan again to continue it.`,
    );
  }
  const unknown = modelOutputs.find((name) => !record.modelOutputs.includes(name));
  if (unknown !== undefined) {
    throw new EngineError(
      "USAGE",
      `The project was not scanned with the model output "${unknown}"; it has ${record.modelOutputs.join(", ")}.`,
    );
  }
  requireFileIds(project);
  const splits = scannedSplits(project);
  const nodes = collapseToNodes(project);
  const wanted = record.modelOutputs.filter(
    (name) => modelOutputs.length === 0 || modelOutputs.includes(name),
  );
  return {
    project,
    record,
    splits,
    layout: readRootLayout(project),
    nodes,
    images: readImages(project, splits),
    unreadable: readUnreadable(project),
    damaged: readDamaged(project),
    skipped: readSkipped(project),
    otherNames: otherNamesBySplit(project),
    modelOutputs: wanted.map((name) => viewOutput(project, record, nodes, name)),
  };
}

/** @throws EngineError PROJECT_INVALID if lists by file id would not fit into memory, or a path is absurdly long */
function requireFileIds({ database, file }: Project): void {
  const highest = database.prepare<[], number>("SELECT max(id) FROM files").pluck().get() ?? 0;
  const lowest = database.prepare<[], number>("SELECT min(id) FROM files").pluck().get() ?? 1;
  const long = database
    .prepare("SELECT 1 FROM files WHERE length(path) > ? LIMIT 1")
    .get(LONGEST_PATH_BYTES);
  if (highest > HIGHEST_FILE_ID || lowest < 1 || long !== undefined) throw damagedProject(file);
}

/** No system has longer paths. */
const LONGEST_PATH_BYTES = 64 * 1024;

function viewOutput(
  project: Project,
  record: ScanRecord,
  nodes: Nodes,
  name: string,
): ViewedOutput {
  const id = modelOutputId(project, record.model.sha256, name);
  const output = record.model.manifest.outputs.find((candidate) => candidate.name === name);
  if (id === undefined || !output) throw new Error(`The project has no model output ${name}`);
  const { dimensions } = output;
  const embeddings = new Embeddings(project, nodes, id, dimensions);
  let space: Space | undefined;
  return {
    name,
    dimensions,
    pairs: loadPairs(project, id, nodes),
    embeddings,
    get space() {
      space ??= spaceOf(embeddings.all(), dimensions, nodes.copies, record);
      return space;
    },
    neighborsOf: neighborsReader(project, id, nodes),
  };
}

function readImages(project: Project, splits: readonly ScannedSplit[]): Map<number, ViewedImage> {
  const columns = readColumns<{
    id: number;
    split: number;
    path: string;
    content: number;
    otherNames: number;
    linked: number;
  }>(
    project.database,
    `SELECT f.id, f.split, CAST(f.path AS TEXT) AS path, f.content, f.other_names AS otherNames, f.linked
     FROM files f JOIN splits s ON s.id = f.split
     WHERE f.present = 1 AND f.state = 'image' AND s.position IS NOT NULL ORDER BY f.id`,
    ["id", "split", "path", "content", "otherNames", "linked"],
  );
  const pathBytes = project.database
    .prepare<[number], Buffer>("SELECT path FROM files WHERE id = ?")
    .pluck();
  const splitById = new Map(splits.map((split) => [split.id, split]));
  const images = new Map<number, ViewedImage>();
  columns.path.forEach((text, row) => {
    // All columns have the same length, hence the casts.
    const id = columns.id[row] as number;
    // SQLite replaced bytes that are not UTF-8: read such a name as bytes.
    const path = text.includes("\ufffd")
      ? pathTextFromBytes(pathBytes.get(id) ?? new Uint8Array())
      : text;
    if (!staysInside(path)) throw leadsOut(project, path);
    const split = splitById.get(columns.split[row] as number);
    images.set(id, {
      id,
      split: split?.name ?? "",
      path,
      label: labelOf(path, split?.folders),
      content: columns.content[row] as number,
      otherNames: columns.otherNames[row] as number,
      isLinked: columns.linked[row] === 1 || (columns.otherNames[row] as number) > 0,
    });
  });
  return images;
}

function leadsOut({ file }: Project, path: string): EngineError {
  return new EngineError(
    "PROJECT_INVALID",
    `The project ${file} names a file outside its folders (${JSON.stringify(path)}). It was not changed. Scan your folders into a new project.`,
  );
}

function readUnreadable(project: Project): Unreadable[] {
  return project.database
    .prepare<[], { split: string; path: Buffer; reason: string }>(
      `SELECT s.name AS split, u.path, u.reason FROM (
         SELECT split, path, reason FROM files WHERE present = 1 AND state = 'unreadable'
         UNION ALL SELECT split, path, reason FROM walk_problems
       ) u JOIN splits s ON s.id = u.split WHERE s.position IS NOT NULL ORDER BY s.position, u.path`,
    )
    .all()
    .map(({ split, path, reason }) => ({
      split,
      path: pathTextFromBytes(path),
      reason,
      cause: causeOf(reason),
    }));
}

function readDamaged(project: Project): DamagedImage[] {
  return project.database
    .prepare<[], { split: string; path: Buffer; reason: string }>(
      `SELECT s.name AS split, f.path, c.damage AS reason
       FROM files f JOIN splits s ON s.id = f.split JOIN contents c ON c.id = f.content
       WHERE f.present = 1 AND f.state = 'image' AND s.position IS NOT NULL AND c.damage <> ''
       ORDER BY s.position, f.path`,
    )
    .all()
    .map(({ split, path, reason }) => ({ split, path: pathTextFromBytes(path), reason }));
}

function readSkipped(project: Project): SkippedFolder[] {
  return project.database
    .prepare<[], { split: string; path: Buffer; files: number }>(
      `SELECT s.name AS split, k.path, k.files FROM skipped_folders k JOIN splits s ON s.id = k.split
       WHERE s.position IS NOT NULL ORDER BY s.position, k.path`,
    )
    .all()
    .map(({ split, path, files }) => ({ split, folder: pathTextFromBytes(path), files }));
}

function otherNamesBySplit({ database }: Project): Map<string, number> {
  const rows = database
    .prepare<[], [string, number]>(
      "SELECT name, other_names FROM splits WHERE position IS NOT NULL",
    )
    .raw()
    .all();
  return new Map(rows);
}

/** Returns stored thumbnails (JPEG) by image id; `null` if the scan made none. */
export function thumbnailReader({ project, nodes }: ProjectView): (image: number) => Buffer | null {
  const thumbnailOf = storedThumbnailReader(project);
  const contentOf = new Map<number, number>();
  for (const files of nodes.files) {
    const [first] = files;
    if (first) for (const { id } of files) contentOf.set(id, first.content);
  }
  return (image) => {
    const content = contentOf.get(image);
    return content === undefined ? null : thumbnailOf(content);
  };
}

/** An image as reports and exports print it; empty for an unknown id. */
export function reportImage(
  view: ProjectView,
  id: number,
  facts: (content: number) => ContentFacts,
): ReportImage[] {
  const image = view.images.get(id);
  if (!image) return [];
  const { split, path, label, content, otherNames } = image;
  const { pixelDigest, ...rest } = facts(content);
  return [{ id: ImageId.parse(id), split, path, label, ...rest, otherNames }];
}

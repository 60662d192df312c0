import { availableParallelism } from "node:os";
import { join } from "node:path";
import { DEFAULT_MAX_PIXELS, type Device } from "../../contract/scan-request.ts";
import { firstFile } from "../data/nodes.ts";
import { openProject } from "../data/project-file.ts";
import { viewProject } from "../data/project-view.ts";
import { GENERIC_CALIBRATION, nearness, pairDensity } from "../scan/confidence/confidence.ts";
import { type Evidence, explainPair, newWorkspace } from "../scan/evidence/evidence.ts";
import { mayBeTilted } from "../scan/explain-pairs.ts";
import { findNeighbors } from "../scan/find-neighbors.ts";
import { pairKeys } from "../scan/find-pairs.ts";
import { FactsReader } from "../scan/image-facts.ts";
import { PauseGate } from "../scan/pause-gate.ts";
import { scan } from "../scan/scan.ts";
import type { ScanContext } from "../scan/scan-run.ts";
import { rowDot } from "../vectors/space.ts";
import { JUDGED_NEIGHBORS, type JudgedPair, type Judgments } from "./fit-calibration.ts";

/** Options for scanning a folder that `writeWithCopies` filled. */
export interface CopiesScan extends Pick<ScanContext, "signal" | "emit"> {
  readonly root: string;
  /** Folder for the scan's project. */
  readonly work: string;
  /** Name of a bundled model or path of an ONNX file; the default model when omitted. */
  readonly model?: string | undefined;
  readonly device: Device;
  readonly threads?: number | undefined;
}

/** Scans the folder with all model outputs and exact search. @returns the project file */
export async function scanCopies(options: CopiesScan): Promise<string> {
  const { root, work, model, device, threads, signal, emit } = options;
  const project = join(work, "copies.twinlens");
  await scan(
    {
      splits: [{ name: "all", root }],
      project,
      modelOutputs: ["all"],
      device,
      neighbors: JUDGED_NEIGHBORS,
      exact: true,
      batchSize: 32,
      protect: [],
      maxPixels: DEFAULT_MAX_PIXELS,
      followLinks: [],
      ...(model !== undefined && { model }),
      ...(threads !== undefined && { threads }),
    },
    { dataFolder: work, signal, emit, gate: new PauseGate() },
  );
  return project;
}

/** A pair of neighbors with its evidence. */
export interface FoundPair extends Evidence {
  /** Numbers of the two pictures, or of their originals if they are copies. */
  readonly pictures: readonly [number, number];
}

/**
 * Fully compares every candidate pair of a scanned folder.
 * @param judge whether a pair is a duplicate; `null` leaves it out
 * @returns judgments by model output
 */
export async function judgePairs(
  file: string,
  signal: AbortSignal,
  judge: (pair: FoundPair) => boolean | null,
): Promise<Map<string, Judgments>> {
  using project = openProject(file);
  const { nodes, splits, images, modelOutputs } = viewProject(project);
  const facts = new FactsReader(project, nodes);
  const pictureOf = (node: number) => numberOf(images.get(firstFile(nodes, node).id)?.path ?? "");
  const workspace = newWorkspace();
  const judged = new Map<string, Judgments>();
  for (const { name, dimensions, space, embeddings: stored } of modelOutputs) {
    const embeddings = stored.all();
    const found = await findNeighbors({
      nodes,
      splits,
      space,
      embeddings,
      dimensions,
      k: JUDGED_NEIGHBORS,
      approximateFrom: Number.POSITIVE_INFINITY,
      typicalDensity: GENERIC_CALIBRATION.typicalDensity,
      indexFolder: join(project.cacheFolder, "indexes"),
      threads: availableParallelism(),
      signal,
      onProgress: () => {},
    });
    const { keys, ranks } = pairKeys(found, nodes.count);
    const pairs = Array.from(keys).flatMap((key, row): JudgedPair[] => {
      const [a, b] = [Math.floor(key / nodes.count), key % nodes.count];
      // `a` and `b` are nodes, hence the casts.
      const density = pairDensity({
        densityA: found.density[a] as number,
        densityB: found.density[b] as number,
      });
      const nearer = nearness(rowDot(embeddings, dimensions, a, b), density);
      const evidence = explainPair(workspace, facts.of(a), facts.of(b), {
        crops: true,
        tilts: mayBeTilted(ranks[row] as number, nearer),
      });
      const duplicate = judge({ ...evidence, pictures: [pictureOf(a), pictureOf(b)] });
      if (duplicate === null) return [];
      const { kind, score } = evidence;
      return [{ figures: [nearer, score, Number(kind !== "similar")], duplicate }];
    });
    judged.set(name, { pairs, densities: [...found.density] });
  }
  return judged;
}

/** The picture number in a file name of `writeWithCopies`, with or without `-copy`. */
function numberOf(path: string): number {
  return Number.parseInt(path, 10);
}

import { createHash } from "node:crypto";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { ScanEvent, ScanResult } from "../../contract/contract.ts";
import { EngineError } from "../../contract/errors.ts";
import type { Calibration } from "../../contract/model-manifest.ts";
import type { Unreadable } from "../../contract/report.ts";
import type { ParsedScanRequest, Split } from "../../contract/scan-request.ts";
import { pathTextFromBytes } from "../../text/paths.ts";
import { meetPresentFiles } from "../data/decisions/decision-log.ts";
import { Embeddings } from "../data/embeddings.ts";
import { modelOutputIds } from "../data/model-outputs.ts";
import { storeNeighborhood } from "../data/neighborhood.ts";
import { collapseToNodes, type Nodes } from "../data/nodes.ts";
import { inTransaction, openProjectToWrite, type Project } from "../data/project-file.ts";
import {
  type DeviceRecord,
  forgetScanRecord,
  readDeviceRecord,
  readScanRecord,
  type ScanRecord,
  writeDeviceRecord,
  writeScanRecord,
  writeScanRequest,
} from "../data/settings.ts";
import { spaceOf } from "../vectors/space.ts";
import { type CatalogSplit, forgetOldDecodes, pendingFiles, recordWalk } from "./catalog.ts";
import { collectGarbage } from "./collect-garbage.ts";
import { GENERIC_CALIBRATION } from "./confidence/confidence.ts";
import { type Embedder, inferenceThreads, openEmbedder } from "./embed/embedder.ts";
import { type LoadedModel, loadModel, type ModelOutput, selectOutputs } from "./embed/manifest.ts";
import { providerTrialIn } from "./embed/provider-trial.ts";
import { chooseProvider, type Fallback, sampleBatch } from "./embed/providers.ts";
import { embedFiles } from "./embed-files.ts";
import { SIGNATURE_VERSION } from "./evidence/signature.ts";
import { type FoundNeighbors, findNeighbors } from "./find-neighbors.ts";
import { EXACT_BELOW } from "./neighbors/approximate.ts";
import { type MeasuredPairs, makeThumbnails, measurePairs, pairUp } from "./pair-up.ts";
import type { PauseGate } from "./pause-gate.ts";
import { resolveSplits } from "./walk/recognize-splits.ts";
import { type WalkResult, walkSplit } from "./walk/walk-split.ts";

/** Goes up when neighbors, evidence or confidence come to be computed differently, so that stored ones are made anew. */
const METHOD_VERSION = 7;

/** A request with its defaults filled in and its project file named. */
export type ScanOrder = ParsedScanRequest & { readonly project: string };

export interface ScanContext {
  /** Folder for what outlives a scan but belongs to no project. */
  readonly dataFolder: string;
  readonly signal: AbortSignal;
  readonly emit: (event: ScanEvent) => void;
  /** Where the scan waits while it is paused. */
  readonly gate: PauseGate;
  /** Called with each file or folder that could not be read, as it is met. */
  readonly onUnreadable?: (file: Unreadable) => void;
}

/**
 * Scans split folders into a project: walk, decode and embed, find neighbors, explain pairs. Reads the folders and writes
 * nothing but the project and its cache. Whatever ends it, the next scan goes on from there.
 * @throws EngineError for what the person can mend; the signal's reason when it is aborted.
 */
export async function scan(order: ScanOrder, context: ScanContext): Promise<ScanResult> {
  const { signal, emit, gate } = context;
  const secondsSince = (start: number) => (gate.now() - start) / 1000;
  const started = gate.now();
  const splits = await resolveSplits(order.splits);
  for (const name of order.protect) {
    if (!splits.some((split) => split.name === name)) {
      throw new EngineError(
        "USAGE",
        `Cannot protect the split "${name}": there is none of that name.`,
      );
    }
  }
  const model = await loadModel(order.model);
  const modelOutputs = selectOutputs(model.manifest, order.modelOutputs);
  const threads = order.threads ?? availableParallelism();
  using project = await openProjectToWrite(order.project);
  writeScanRequest(project, order);

  const catalog = await walkAll(project, splits, order, context);
  forgetOldDecodes(project, model.sha256, model.manifest.input);
  const walkSeconds = secondsSince(started);

  const embedStarted = gate.now();
  const ids = modelOutputIds(
    project,
    model.sha256,
    modelOutputs.map(({ name }) => name),
  );
  const wanted = modelOutputs.map((modelOutput, at) => ({ ...modelOutput, id: ids[at] as number }));
  const chosen = new ChosenProvider(project, model, modelOutputs, threads, order, context);
  let embedded: number;
  try {
    const files = pendingFiles(project, ids);
    embedded = await embedFiles({
      project,
      files,
      input: model.manifest.input,
      modelOutputs: wanted,
      openEmbedder: () => chosen.open(),
      batchSize: order.batchSize,
      threads,
      signal,
      checkpoint: gate.checkpoint,
      onUnreadable: ({ split, path }, reason) =>
        context.onUnreadable?.({ split, path: pathTextFromBytes(path), reason }),
      onProgress: (done, unreadable) =>
        emit({ type: "progress", stage: "embed", done, total: files.length, unreadable }),
    });
  } finally {
    await chosen.release();
  }
  const embedSeconds = secondsSince(embedStarted);

  meetPresentFiles(project);
  const nodes = collapseToNodes(project);
  const key = neighborsKey(order, model, modelOutputs, nodes);
  const former = readScanRecord(project);
  const images = nodes.copies.reduce((sum, copies) => sum + copies, 0);
  if (former?.key === key) {
    const seconds = {
      walk: walkSeconds,
      embed: embedSeconds,
      neighbors: 0,
      evidence: 0,
      total: secondsSince(started),
    };
    writeScanRecord(project, {
      ...former,
      model: { ...former.model, file: model.file },
      splits,
      seconds,
    });
    return { project: project.file, images, embedded };
  }
  forgetScanRecord(project);
  const searched = await searchAll({
    project,
    order,
    model,
    wanted,
    catalog: catalog.splits,
    nodes,
    threads,
    context,
  });
  const record: ScanRecord = {
    key,
    model: {
      manifest: model.manifest,
      sha256: model.sha256,
      file: model.file,
      ...readDeviceRecord(project, model.sha256),
    },
    splits,
    modelOutputs: modelOutputs.map(({ name }) => name),
    preset: order.preset ?? null,
    pca: order.pca ?? null,
    neighbors: { k: order.neighbors, method: searched.method, recall: searched.recall },
    seconds: {
      walk: walkSeconds,
      embed: embedSeconds,
      neighbors: searched.neighborSeconds,
      evidence: searched.evidenceSeconds,
      total: secondsSince(started),
    },
  };
  writeScanRecord(project, record);
  return { project: project.file, images, embedded };
}

/** Walks the splits and records what is there. Its lists of all files are let go of with its end. */
async function walkAll(
  project: Project,
  splits: readonly Split[],
  { protect }: ScanOrder,
  { signal, emit, gate, onUnreadable }: ScanContext,
): Promise<ReturnType<typeof recordWalk>> {
  const walked: WalkResult[] = [];
  let seen = 0;
  for (const split of splits) {
    const before = seen;
    const progress = (files: number) => {
      seen = before + files;
      emit({ type: "progress", stage: "walk", done: seen, total: null, unreadable: 0 });
    };
    const found = await walkSplit(split.root, signal, progress, gate.checkpoint);
    for (const { path, reason } of found.problems)
      onUnreadable?.({ split: split.name, path: pathTextFromBytes(path), reason });
    walked.push(found);
  }
  const catalog = recordWalk(project, splits, walked, protect);
  if (catalog.changed) forgetScanRecord(project);
  return catalog;
}

interface Search {
  readonly project: Project;
  readonly order: ScanOrder;
  readonly model: LoadedModel;
  readonly wanted: readonly (ModelOutput & { readonly id: number })[];
  readonly catalog: readonly CatalogSplit[];
  readonly nodes: Nodes;
  readonly threads: number;
  readonly context: ScanContext;
}

interface SearchOutcome {
  method: "exact" | "approximate";
  recall: number;
  neighborSeconds: number;
  evidenceSeconds: number;
}

/** Neighbors, pairs and evidence of every model output. */
async function searchAll(search: Search): Promise<SearchOutcome> {
  const { project, wanted, nodes, threads } = search;
  const { signal, emit, gate } = search.context;
  const secondsSince = (start: number) => (gate.now() - start) / 1000;
  const outcome: SearchOutcome = {
    method: "exact",
    recall: 1,
    neighborSeconds: 0,
    evidenceSeconds: 0,
  };
  for (const [at, { id, name }] of wanted.entries()) {
    const started = gate.now();
    const calibration = calibrationOf(search, name);
    const { found, measured } = await findPairs(search, at, calibration);
    collectGarbage();
    if (found.method === "approximate") outcome.method = "approximate";
    outcome.recall = Math.min(outcome.recall, found.recall);
    const neighborSeconds = secondsSince(started);
    const options = {
      project,
      nodes,
      found,
      measured,
      calibration,
      threads,
      signal,
      checkpoint: gate.checkpoint,
      onProgress: (done: number, total: number) =>
        emit({ type: "progress", stage: "evidence", done, total, unreadable: 0 }),
    };
    const pairs = await pairUp(options);
    await makeThumbnails(options, pairs);
    inTransaction(project, () => {
      storeNeighborhood(
        project,
        id,
        nodes,
        found.bySplit.map(({ split, k, nearest }) => ({ split: split.id, k, nearest })),
        pairs,
      );
    });
    outcome.neighborSeconds += neighborSeconds;
    outcome.evidenceSeconds += secondsSince(started) - neighborSeconds;
  }
  return outcome;
}

/** The nearest of every node by one model output. The embeddings, a good part of all memory, are let go of with its end. */
async function findPairs(
  { project, order, model, wanted, catalog, nodes, threads, context }: Search,
  at: number,
  calibration: Calibration,
): Promise<{ found: FoundNeighbors; measured: MeasuredPairs }> {
  const { signal, emit, gate } = context;
  const { id, name, dimensions } = wanted[at] as Search["wanted"][number]; // `at` is one of its places
  const embeddings = new Embeddings(project, nodes, id, dimensions).all();
  collectGarbage();
  const space = spaceOf(embeddings, dimensions, nodes.copies, {
    preset: order.preset ?? null,
    pca: order.pca ?? null,
  });
  // DNIKit counts an image among its own neighbors.
  const k = order.preset === "dnikit" ? Math.max(1, order.neighbors - 1) : order.neighbors;
  const found = await findNeighbors({
    nodes,
    splits: catalog,
    space,
    embeddings,
    dimensions,
    k,
    approximateFrom: order.exact
      ? Number.POSITIVE_INFINITY
      : (order.approximateFrom ?? EXACT_BELOW),
    typicalDensity: calibration.typicalDensity,
    indexFolder: join(project.cacheFolder, "indexes", `${model.sha256.slice(0, 16)}-${name}`),
    threads,
    signal,
    checkpoint: gate.checkpoint,
    onProgress: (done) =>
      emit({
        type: "progress",
        stage: "neighbors",
        done: Math.round(((at + done) / wanted.length) * nodes.count),
        total: nodes.count,
        unreadable: 0,
      }),
  });
  const measured = await measurePairs({
    nodes,
    found,
    space,
    embeddings,
    dimensions,
    signal,
    checkpoint: gate.checkpoint,
  });
  return { found, measured };
}

function calibrationOf({ model, context }: Search, modelOutput: string): Calibration {
  const calibration = model.manifest.calibration?.[modelOutput];
  if (calibration) return calibration;
  context.emit({
    type: "warning",
    message:
      `The model ${model.manifest.name} has no calibration for "${modelOutput}": confidence is a rule of thumb; ` +
      "a threshold such as cosine:0.95 is surer.",
  });
  return GENERIC_CALIBRATION;
}

/** The device that a scan embeds on, opened at the first image. */
class ChosenProvider {
  readonly #open: () => Promise<{ embedder: Embedder; fallbacks: Fallback[] }>;
  readonly #emit: ScanContext["emit"];
  readonly #record: (device: DeviceRecord) => void;
  #embedder: Embedder | undefined;

  constructor(
    project: Project,
    model: LoadedModel,
    modelOutputs: readonly ModelOutput[],
    threads: number,
    order: ScanOrder,
    { dataFolder, emit }: ScanContext,
  ) {
    this.#emit = emit;
    this.#record = (device) => writeDeviceRecord(project, model.sha256, device);
    this.#open = () =>
      chooseProvider(order.device, {
        open: (device) =>
          openEmbedder(model, {
            device,
            threads: inferenceThreads(threads),
            modelOutputs,
          }),
        sample: sampleBatch(model.manifest),
        trial: providerTrialIn(join(dataFolder, "devices")),
      });
  }

  async open(): Promise<Embedder> {
    const { embedder, fallbacks } = await this.#open();
    this.#embedder = embedder;
    this.#record({ device: embedder.device, fallbacks });
    this.#emit({ type: "device", device: embedder.device, fallbacks });
    return embedder;
  }

  /** Must be awaited before the process ends, or ONNX Runtime aborts it. */
  async release(): Promise<void> {
    await this.#embedder?.release();
  }
}

/** Digest of all that stored neighbors, pairs and their evidence depend on. */
function neighborsKey(
  order: ScanOrder,
  model: LoadedModel,
  modelOutputs: readonly ModelOutput[],
  nodes: Nodes,
): string {
  const digest = createHash("sha256").update(
    JSON.stringify({
      version: [METHOD_VERSION, SIGNATURE_VERSION],
      model: model.sha256,
      calibration: model.manifest.calibration,
      modelOutputs: modelOutputs.map(({ name }) => name),
      preset: order.preset,
      pca: order.pca,
      k: order.neighbors,
      exact: order.exact,
      approximateFrom: order.approximateFrom,
    }),
  );
  for (const files of nodes.files) {
    digest.update(files.map(({ id, split, content }) => `${id},${split},${content};`).join(""));
    digest.update("|");
  }
  return digest.digest("hex");
}

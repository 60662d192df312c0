import { createHash } from "node:crypto";
import { availableParallelism } from "node:os";
import type { ScanResult } from "../../contract/contract.ts";
import { EngineError } from "../../contract/errors.ts";
import type { Calibration } from "../../contract/model-manifest.ts";
import type { Split } from "../../contract/scan-request.ts";
import { draftCatalog, publishCatalog } from "../data/catalog-draft.ts";
import { meetPresentFiles } from "../data/decisions/decision-log.ts";
import { modelOutputIds } from "../data/model-outputs.ts";
import { type StoredNeighbors, storeNeighborhood } from "../data/neighborhood.ts";
import { collapseToNodes, NODES_BY_STORED_PICTURES, type Nodes } from "../data/nodes.ts";
import type { Pairs } from "../data/pairs.ts";
import { inTransaction, openProjectToWrite, type Project } from "../data/project-file.ts";
import {
  forgetScanRecord,
  type RootLayout,
  readDeviceRecord,
  readNodeVersion,
  readScanRecord,
  type ScanRecord,
  writeNodeVersion,
  writeRootLayout,
  writeScanRecord,
  writeScanRequest,
} from "../data/settings.ts";
import { GENERIC_CALIBRATION } from "./confidence/confidence.ts";
import { loadModel, selectOutputs } from "./embed/manifest.ts";
import { embedImages } from "./embed-images.ts";
import { SIGNATURE_VERSION } from "./evidence/signature.ts";
import { explainPairs } from "./explain-pairs.ts";
import { findPairs } from "./find-pairs.ts";
import type { ScanContext, ScanOrder, ScanRun } from "./scan-run.ts";
import { digestSharedInputs } from "./stored-pictures.ts";
import { surveyRoots } from "./survey-root.ts";
import { makeThumbnails } from "./thumbnails.ts";
import { resolveSplits } from "./walk/recognize-splits.ts";
import { type CatalogSplit, walkSplits } from "./walk-splits.ts";

/** Increases when neighbors, evidence, or confidence are computed differently, which makes stored ones obsolete. */
const METHOD_VERSION = 9;

/**
 * Scans split folders into a project: walk, decode and embed, neighbors, evidence, confidence. Writes only the project and its
 * cache. The next scan continues where an interrupted one stopped.
 * @throws EngineError for problems that the person can fix; the signal's reason after an abort
 */
export async function scan(order: ScanOrder, context: ScanContext): Promise<ScanResult> {
  const { gate } = context;
  const secondsSince = (start: number) => (gate.now() - start) / 1000;
  const started = gate.now();
  const splits = await resolveSplits(order.splits);
  checkProtected(order, splits);
  const model = await loadModel(order.model);
  const selected = selectOutputs(model.manifest, order.modelOutputs);
  using project = await openProjectToWrite(order.project);
  writeScanRequest(project, order);
  const outputNames = selected.map(({ name }) => name);
  const ids = modelOutputIds(project, model.sha256, outputNames);
  const run: ScanRun = {
    ...context,
    order,
    project,
    model,
    modelOutputs: selected.map((output, index) => ({ ...output, id: ids[index] as number })), // one id per output
    threads: order.threads ?? availableParallelism(),
  };

  const layout = await surveyRoots(run, splits);
  // Until this scan is complete, everyone else keeps seeing the last complete one.
  if (readScanRecord(project) !== null) draftCatalog(project);
  const catalog = await walkSplits(run, splits);
  const walkSeconds = secondsSince(started);

  const embedStarted = gate.now();
  const embedded = await embedImages(run);
  const embedSeconds = secondsSince(embedStarted);

  await digestSharedInputs(run);
  useNodesByStoredPictures(project);
  const nodes = collapseToNodes(project);
  const images = nodes.copies.reduce((sum, copies) => sum + copies, 0);
  const result: ScanResult = { project: project.file, images, embedded };
  const secondsWith = (neighbors: number, evidence: number): ScanRecord["seconds"] => ({
    walk: walkSeconds,
    embed: embedSeconds,
    neighbors,
    evidence,
    total: secondsSince(started),
  });

  const key = neighborsKey(run, nodes);
  const previous = readScanRecord(project);
  if (previous?.key === key) {
    publish(project, layout, [], {
      ...previous,
      model: { ...previous.model, file: model.file },
      splits,
      seconds: secondsWith(0, 0),
    });
    return result;
  }
  const { neighborhoods, ...compared } = await compareImages(run, catalog, nodes);
  const { manifest, sha256, file } = model;
  publish(project, layout, neighborhoods, {
    key,
    model: { manifest, sha256, file, ...readDeviceRecord(project, sha256) },
    splits,
    modelOutputs: outputNames,
    preset: order.preset ?? null,
    pca: order.pca ?? null,
    neighbors: { k: order.neighbors, method: compared.method, recall: compared.recall },
    seconds: secondsWith(compared.neighborSeconds, compared.evidenceSeconds),
  });
  return result;
}

/** Makes a complete scan visible: all of it or, if the process ends, nothing. */
function publish(
  project: Project,
  layout: RootLayout,
  neighborhoods: readonly Neighborhood[],
  record: ScanRecord,
): void {
  inTransaction(project, () => {
    publishCatalog(project);
    for (const { output, nodes, nearest, pairs } of neighborhoods) {
      storeNeighborhood(project, output, nodes, nearest, pairs);
    }
    meetPresentFiles(project);
    writeRootLayout(project, layout);
    writeScanRecord(project, record);
  });
}

/** Stored neighbors of an older version belong to other nodes. */
function useNodesByStoredPictures(project: Project): void {
  if (readNodeVersion(project) >= NODES_BY_STORED_PICTURES) return;
  inTransaction(project, () => {
    forgetScanRecord(project);
    writeNodeVersion(project, NODES_BY_STORED_PICTURES);
  });
}

function checkProtected({ protect }: ScanOrder, splits: readonly Split[]): void {
  const names = splits.map(({ name }) => name);
  const unknown = protect.find((name) => !names.includes(name));
  if (unknown === undefined) return;
  throw new EngineError(
    "USAGE",
    `Cannot protect the split "${unknown}": it does not exist. Choose from ${names.join(", ")}.`,
  );
}

/** What {@link storeNeighborhood} stores of one model output. */
interface Neighborhood {
  readonly output: number;
  readonly nodes: Nodes;
  readonly nearest: readonly StoredNeighbors[];
  readonly pairs: Pairs;
}

interface Comparison {
  neighborhoods: Neighborhood[];
  method: "exact" | "approximate";
  recall: number;
  neighborSeconds: number;
  evidenceSeconds: number;
}

/** Neighbors, evidence, and confidence for every model output. */
async function compareImages(
  run: ScanRun,
  splits: readonly CatalogSplit[],
  nodes: Nodes,
): Promise<Comparison> {
  const { modelOutputs, gate } = run;
  const secondsSince = (start: number) => (gate.now() - start) / 1000;
  const compared: Comparison = {
    neighborhoods: [],
    method: "exact",
    recall: 1,
    neighborSeconds: 0,
    evidenceSeconds: 0,
  };
  for (const [index, output] of modelOutputs.entries()) {
    const calibration = calibrationOf(run, output.name);

    const started = gate.now();
    const { found, measured } = await findPairs(run, index, splits, nodes, calibration);
    if (found.method === "approximate") compared.method = "approximate";
    compared.recall = Math.min(compared.recall, found.recall);
    compared.neighborSeconds += secondsSince(started);

    const evidenceStarted = gate.now();
    const pairs = await explainPairs(run, { nodes, found, measured, calibration });
    await makeThumbnails(run, nodes, pairs);
    const nearest = found.bySplit.map(({ split, k, nearest }) => ({ split: split.id, k, nearest }));
    compared.neighborhoods.push({ output: output.id, nodes, nearest, pairs });
    compared.evidenceSeconds += secondsSince(evidenceStarted);
  }
  return compared;
}

function calibrationOf({ model: { manifest }, emit }: ScanRun, output: string): Calibration {
  const calibration = manifest.calibration?.[output];
  if (calibration) return calibration;
  emit({
    type: "warning",
    message:
      `The model ${manifest.name} has no calibration for "${output}", so its confidence values are rough. ` +
      "Use a threshold such as cosine:0.95.",
  });
  return GENERIC_CALIBRATION;
}

/** Digest of everything that the stored neighbors, evidence, and confidence depend on. */
function neighborsKey({ order, model, modelOutputs }: ScanRun, nodes: Nodes): string {
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

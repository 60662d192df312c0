import type { ExportRequest } from "../../../contract/contract.ts";
import { EngineError } from "../../../contract/errors.ts";
import { contentReader } from "../../data/contents-table.ts";
import { corrections } from "../../data/decisions/corrections.ts";
import { type ProjectView, reportImage, type ViewedOutput } from "../../data/project-view.ts";
import { writeWhole } from "../../files/write-file.ts";
import type { Table } from "../table.ts";
import { exportFiles, UnsupportedExportError } from "./export-files.ts";
import {
  correctionsTable,
  type EmbeddingRow,
  embeddingsTable,
  imagesTable,
  type NeighborRow,
  neighborsTable,
} from "./project-tables.ts";

/**
 * Writes a project's data to a file, or to two for `.npy`.
 * @throws EngineError USAGE for an unknown model output or an unsupported file extension; DISK_UNWRITABLE
 */
export async function exportProject(
  view: ProjectView,
  { what, out, modelOutput: name }: ExportRequest,
): Promise<{ files: string[]; rows: number }> {
  const modelOutput = view.modelOutputs.find(
    (candidate) => name === undefined || candidate.name === name,
  );
  if (!modelOutput) {
    const known = view.modelOutputs.map((candidate) => candidate.name).join(", ");
    throw new EngineError(
      "USAGE",
      `The project has no model output "${name}". Choose one of: ${known}.`,
    );
  }
  const table = tableOf(view, modelOutput, what);
  let rows = 0;
  const counted: Table = {
    ...table,
    *rows() {
      rows = 0;
      for (const row of table.rows()) {
        rows++;
        yield row;
      }
    },
  };
  try {
    const files = exportFiles(what, counted, out);
    for (const { path, chunks } of files) await writeWhole(path, chunks);
    return { files: files.map(({ path }) => path), rows };
  } catch (cause) {
    if (cause instanceof UnsupportedExportError)
      throw new EngineError("USAGE", cause.message, { cause });
    throw cause;
  }
}

function tableOf(view: ProjectView, modelOutput: ViewedOutput, what: ExportRequest["what"]): Table {
  switch (what) {
    case "embeddings":
      return embeddingsTable(
        { rowCount: view.images.size, dimensions: modelOutput.dimensions },
        () => embeddingRows(view, modelOutput),
      );
    case "neighbors":
      return neighborsTable(() => neighborRows(view, modelOutput));
    case "corrections":
      return correctionsTable(() => corrections(view));
    case "images": {
      const facts = contentReader(view.project);
      return imagesTable(() =>
        Iterator.from(view.images.keys()).flatMap((id) => reportImage(view, id, facts)),
      );
    }
  }
}

/** By image id. */
function* embeddingRows(view: ProjectView, modelOutput: ViewedOutput): Generator<EmbeddingRow> {
  const { dimensions } = modelOutput;
  const embeddings = modelOutput.embeddings.all();
  const nodeOf = nodesByImage(view);
  for (const { id, split, path } of view.images.values()) {
    const node = nodeOf.get(id) ?? 0;
    yield {
      split,
      path,
      embedding: embeddings.subarray(node * dimensions, (node + 1) * dimensions),
    };
  }
}

/**
 * For every image, its k nearest neighbors in each split, whatever the threshold: first its exact copies, with a similarity of 1, then
 * the files of the nearest nodes.
 */
function* neighborRows(
  view: ProjectView,
  { pairs, neighborsOf }: ViewedOutput,
): Generator<NeighborRow> {
  const { nodes, splits, images, record } = view;
  const rowOfPair = new Map<number, number>();
  for (let row = 0; row < pairs.count; row++) {
    rowOfPair.set((pairs.a[row] as number) * nodes.count + (pairs.b[row] as number), row);
  }
  const nodeOf = nodesByImage(view);
  for (const image of images.values()) {
    const node = nodeOf.get(image.id) ?? 0;
    for (const split of splits) {
      let left = record.neighbors.k;
      for (const other of [node, ...neighborsOf(node, split.id)]) {
        const key = Math.min(node, other) * nodes.count + Math.max(node, other);
        const row = rowOfPair.get(key) ?? -1;
        for (const file of nodes.files[other] ?? []) {
          const neighbor = images.get(file.id);
          if (left === 0 || file.split !== split.id || file.id === image.id || !neighbor) continue;
          left--;
          yield {
            a: image,
            b: neighbor,
            similarity: other === node ? 1 : (pairs.similarity[row] ?? 0),
            confidence: other === node ? 1 : (pairs.confidence[row] ?? 0),
          };
        }
      }
    }
  }
}

function nodesByImage({ nodes }: ProjectView): Map<number, number> {
  return new Map(nodes.files.flatMap((files, node) => files.map(({ id }) => [id, node] as const)));
}

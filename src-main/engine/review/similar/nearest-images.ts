import { EVIDENCE_KINDS, type EvidenceKind } from "../../../contract/evidence-kind.ts";
import { ImageId } from "../../../contract/ids.ts";
import type { SimilarImage } from "../../../contract/pictures.ts";
import { roundFigure } from "../../../text/figures.ts";
import { kindOfCopies } from "../../analysis/figures/cluster-pairs.ts";
import { type ContentFacts, contentReader } from "../../data/contents-table.ts";
import { missingImage } from "../../data/missing-image.ts";
import type { Pairs } from "../../data/pairs.ts";
import type { ProjectView, ViewedOutput } from "../../data/project-view.ts";
import { emptyNeighbors, rerank } from "../../scan/neighbors/rerank.ts";
import { distance, dot } from "../../vectors/float32.ts";

/** The query of a search. */
export interface Sought {
  /** Unit vector `[dimensions]` of the model output. */
  readonly vector: Float32Array;
  /** The same vector in the searched space. */
  readonly placed: Float32Array;
  /** The image itself, to leave out of the results; `null` for one from outside the project. */
  readonly image: ImageId | null;
}

export type MarkReader = (image: ImageId) => "keep" | "remove" | null;

/**
 * A query for images similar to one of the project.
 * @throws EngineError USAGE for an unknown image
 */
export function soughtImage(view: ProjectView, modelOutput: ViewedOutput, image: ImageId): Sought {
  const node = nodeOf(view, image);
  if (node < 0) {
    throw missingImage(view.project, image);
  }
  return {
    vector: row(modelOutput.embeddings.all(), modelOutput.dimensions, node),
    placed: row(modelOutput.space.vectors, modelOutput.space.dimensions, node),
    image,
  };
}

/**
 * The nearest images in the space that the scan searched, nearest first, then by id. An exact pass over all vectors in the scan's
 * arithmetic, so the order agrees with the stored neighbors.
 */
export function nearestImages(
  view: ProjectView,
  modelOutput: ViewedOutput,
  sought: Sought,
  limit: number,
  markOf: MarkReader,
): SimilarImage[] {
  const { nodes } = view;
  const { space, dimensions, pairs } = modelOutput;
  const embeddings = modelOutput.embeddings.all();
  const own = sought.image === null ? -1 : nodeOf(view, sought.image);
  // The image's own node is among the nearest and may contain only the image itself.
  const k = Math.min(nodes.count, limit + 1);
  const found = emptyNeighbors(1, k);
  const search = { queries: sought.placed, base: space.vectors, ...spaceFigures(space), k };
  rerank(search, 0, Int32Array.from(nodes.files.keys()), found);

  const facts = contentReader(view.project);
  const standIn = nodes.files[own]?.find(({ id }) => id === sought.image);
  const images: SimilarImage[] = [];
  for (const node of found.rows) {
    const similarity = dot(sought.vector, 0, embeddings, node * dimensions, dimensions);
    const away = distance(
      sought.placed,
      0,
      space.vectors,
      node * space.dimensions,
      space.dimensions,
    );
    const stored = own < 0 || node === own ? null : storedPair(pairs, own, node);
    for (const file of nodes.files[node] ?? []) {
      if (file.id === sought.image) continue;
      if (images.length === limit) return images;
      const known =
        node === own && standIn
          ? { confidence: 1, kind: kindOfCopies(standIn.content, file.content, facts) }
          : (stored ?? { confidence: null, kind: null });
      images.push({
        image: shownImage(view, ImageId.parse(file.id), facts, markOf),
        similarity: roundFigure(node === own ? 1 : similarity),
        distance: roundFigure(node === own ? 0 : away),
        ...known,
      });
    }
  }
  return images;
}

const spaceFigures = ({ dimensions, metric }: ViewedOutput["space"]) => ({ dimensions, metric });

function row(matrix: Float32Array, dimensions: number, at: number): Float32Array {
  return matrix.subarray(at * dimensions, (at + 1) * dimensions);
}

function nodeOf({ nodes }: ProjectView, image: number): number {
  return nodes.files.findIndex((files) => files.some(({ id }) => id === image));
}

/** Binary search: pairs are sorted by their nodes. */
function storedPair(
  pairs: Pairs,
  one: number,
  other: number,
): { confidence: number; kind: EvidenceKind } | null {
  const [a, b] = one < other ? [one, other] : [other, one];
  let [low, high] = [0, pairs.count];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const difference = (pairs.a[middle] ?? 0) - a || (pairs.b[middle] ?? 0) - b;
    if (difference < 0) low = middle + 1;
    else high = middle;
  }
  if (pairs.a[low] !== a || pairs.b[low] !== b) return null;
  return {
    confidence: roundFigure(pairs.confidence[low] ?? 0),
    kind: EVIDENCE_KINDS[pairs.kind[low] ?? -1] ?? "similar",
  };
}

function shownImage(
  view: ProjectView,
  id: ImageId,
  facts: (content: number) => ContentFacts,
  markOf: MarkReader,
): SimilarImage["image"] {
  const image = view.images.get(id);
  if (!image) throw new Error(`The project lacks image ${id}`);
  const { split, path, label, content, otherNames } = image;
  const { width, height, bytes, format, damage } = facts(content);
  const isProtected = view.splits.some((known) => known.name === split && known.protected);
  return {
    id,
    split,
    path,
    label,
    width,
    height,
    bytes,
    format,
    damage,
    otherNames,
    mark: markOf(id),
    protected: isProtected,
  };
}

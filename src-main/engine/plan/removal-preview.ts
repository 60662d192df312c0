import type { RemovalPreview } from "../../contract/decisions.ts";
import { ImageId } from "../../contract/ids.ts";
import { REMOVE } from "../decisions/mark-codes.ts";
import type { ReviewCut } from "../review/review-cut.ts";
import { contentReader } from "../view/project-view.ts";
import { emptiedClusters } from "./held-back.ts";
import { plannedBalance } from "./plan-figures.ts";

/** All that is marked for removal, and what the data set would come to without it. */
export function removalPreview(cut: ReviewCut, marks: Uint8Array): RemovalPreview {
  const { view, files, clusters, size } = cut;
  const facts = contentReader(view.project);
  const going = marks.map((mark) => Number(mark === REMOVE));
  const items: RemovalPreview["items"] = [];
  for (let file = 0; file < files.count; file++) {
    const image = going[file] === 1 ? view.images.get(files.id[file] as number) : undefined;
    if (!image) continue;
    const { split, path, label, content } = image;
    const cluster = clusters.clusterOf[files.node[file] as number] as number;
    items.push({
      image: ImageId.parse(image.id),
      split,
      path,
      label,
      bytes: facts(content).bytes,
      anchor: cluster < 0 ? null : ImageId.parse(cut.anchorOf(cluster)),
    });
  }
  return {
    items: items.sort((a, b) => a.image - b.image),
    bytes: items.reduce((sum, { bytes }) => sum + bytes, 0),
    emptied: emptiedClusters(cut, going, []).map(({ cluster }) => ({
      anchor: ImageId.parse(cut.anchorOf(cluster)),
      size: size[cluster] as number,
    })),
    balance: plannedBalance(cut, going),
  };
}

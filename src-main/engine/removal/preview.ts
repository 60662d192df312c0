import type { RemovalPreview } from "../../contract/decisions.ts";
import { ImageId } from "../../contract/ids.ts";
import { REMOVE } from "../decisions/mark-codes.ts";
import { sortedByKey } from "../figures/tally.ts";
import type { ReviewCut } from "../review/review-cut.ts";
import { contentReader } from "../view/project-view.ts";

/** All that is marked for removal, and what the data set would come to without it. */
export function removalPreview(cut: ReviewCut, marks: Uint8Array): RemovalPreview {
  const { view, files, clusters, size } = cut;
  const facts = contentReader(view.project);
  const items: RemovalPreview["items"] = [];
  const marked = new Int32Array(clusters.count);
  const balance = new Map(
    view.splits.map(({ name }) => [name, new Map<string, { before: number; after: number }>()]),
  );
  for (let file = 0; file < files.count; file++) {
    const image = view.images.get(files.id[file] as number);
    if (!image) continue;
    const goes = marks[file] === REMOVE;
    const { split, path, label, content } = image;
    if (goes) {
      const cluster = clusters.clusterOf[files.node[file] as number] as number;
      items.push({
        image: ImageId.parse(image.id),
        split,
        path,
        label,
        bytes: facts(content).bytes,
        anchor: cluster < 0 ? null : ImageId.parse(cut.anchorOf(cluster)),
      });
      if (cluster >= 0) marked[cluster] = (marked[cluster] as number) + 1;
    }
    if (label === null) continue;
    const counts = balance.get(split)?.get(label) ?? { before: 0, after: 0 };
    counts.before++;
    if (!goes) counts.after++;
    balance.get(split)?.set(label, counts);
  }
  const emptied: RemovalPreview["emptied"] = [];
  for (let cluster = 0; cluster < clusters.count; cluster++) {
    if (marked[cluster] !== size[cluster]) continue;
    emptied.push({ anchor: ImageId.parse(cut.anchorOf(cluster)), size: size[cluster] as number });
  }
  return {
    items: items.sort((a, b) => a.image - b.image),
    bytes: items.reduce((sum, { bytes }) => sum + bytes, 0),
    emptied,
    balance: Object.fromEntries(
      Array.from(balance, ([split, labels]) => [split, sortedByKey([...labels])]),
    ),
  };
}

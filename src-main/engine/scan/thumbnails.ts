import { thumbnailWriter } from "../data/contents-table.ts";
import { firstFile, type Nodes } from "../data/nodes.ts";
import type { Pairs } from "../data/pairs.ts";
import { makeThumbnail } from "./decode/decode.ts";
import { LIKELY } from "./explain-pairs.ts";
import { rereadImages } from "./reread-images.ts";
import type { ScanRun } from "./scan-run.ts";

/** Longer side of a stored thumbnail in pixels. */
const THUMBNAIL_SIDE = 160;

/** Stores thumbnails of images with copies or likely duplicates. Reports show them without reading any image. */
export async function makeThumbnails(run: ScanRun, nodes: Nodes, pairs: Pairs): Promise<void> {
  const wanted = new Set<number>();
  nodes.files.forEach((files, node) => {
    if (files.length > 1) wanted.add(node);
  });
  for (let row = 0; row < pairs.count; row++) {
    if ((pairs.confidence[row] as number) < LIKELY) continue;
    wanted.add(pairs.a[row] as number);
    wanted.add(pairs.b[row] as number);
  }
  const thumbnails = thumbnailWriter(run.project);
  const files = [...wanted]
    .map((node) => firstFile(nodes, node))
    .filter(({ content }) => thumbnails.lacks(content));
  await rereadImages(run, files, async (bytes, content) => {
    const thumbnail = await makeThumbnail(bytes, THUMBNAIL_SIDE, run.order.maxPixels);
    return () => thumbnails.store(content, thumbnail);
  });
}

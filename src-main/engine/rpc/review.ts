import type { ImageId } from "../../contract/ids.ts";
import { cutFigures } from "../analysis/cuts/cut-figures.ts";
import type { LoadedProject } from "../analysis/project/loaded-project.ts";
import type { ProjectCache } from "../analysis/project/project-cache.ts";
import { markName } from "../data/decisions/mark-codes.ts";
import type { ViewedOutput } from "../data/project-view.ts";
import { clusterDetail } from "../review/cluster-detail.ts";
import { clusterPage } from "../review/cluster-page.ts";
import { pictureAlignment } from "../review/pictures/picture-alignment.ts";
import { pictureDetails } from "../review/pictures/picture-details.ts";
import { Pictures } from "../review/pictures/pictures.ts";
import type { RenderedPicture } from "../review/pictures/render.ts";
import { nearestImages, type Sought, soughtImage } from "../review/similar/nearest-images.ts";
import { PictureEmbedder } from "../review/similar/picture-embedder.ts";
import { os } from "./implementer.ts";

/** Handlers of the contract's groups `review`, `pictures` and `similar`. @param signal aborted when the engine ends */
export function reviewProcedures(projects: ProjectCache, signal?: AbortSignal) {
  const projectOf = (file: string) => projects.open(file).project;
  const pictures = new Pictures(projectOf);
  const embedder = new PictureEmbedder(signal);
  return {
    review: {
      figures: os.review.figures.handler(({ input }) => {
        const opened = projects.open(input.project);
        return cutFigures(opened.cut(input), opened);
      }),

      histogram: os.review.histogram.handler(({ input }) =>
        projects.open(input.project).histogram(input.modelOutput, input.column),
      ),

      clusters: os.review.clusters.handler(({ input }) => {
        const opened = projects.open(input.project);
        return clusterPage(opened.cut(input), opened, input);
      }),

      cluster: os.review.cluster.handler(({ input }) => {
        const opened = projects.open(input.project);
        const cut = opened.cut(input);
        const cluster = cut.clusterOfImage(input.image);
        return cluster < 0 ? null : clusterDetail(cut, opened, cluster);
      }),
    },

    pictures: {
      thumbnail: os.pictures.thumbnail.handler(async ({ input, signal }) =>
        asBlob(await pictures.thumbnail(input.project, input.image, input.side, signal)),
      ),

      full: os.pictures.full.handler(async ({ input, signal }) =>
        asBlob(await pictures.full(input.project, input.image, signal)),
      ),

      details: os.pictures.details.handler(({ input }) =>
        pictureDetails(projectOf(input.project), input.images),
      ),

      alignment: os.pictures.alignment.handler(({ input }) =>
        pictureAlignment(projectOf(input.project), input.on, input.images),
      ),
    },

    similar: {
      toImage: os.similar.toImage.handler(({ input }) => {
        const opened = projects.open(input.project);
        const modelOutput = opened.modelOutput(input.modelOutput);
        const sought = soughtImage(opened.view, modelOutput, input.image);
        return nearest(opened, modelOutput, sought, input.limit);
      }),

      toPicture: os.similar.toPicture.handler(async ({ input }) => {
        const { record } = projects.open(input.project).view;
        const wanted = projects.open(input.project).modelOutput(input.modelOutput);
        const bytes = Buffer.from(await input.picture.arrayBuffer());
        const vector = await embedder.embed(bytes, record, wanted);
        // The project may have been scanned again in the meantime.
        const opened = projects.open(input.project);
        const modelOutput = opened.modelOutput(input.modelOutput);
        const sought = { vector, placed: modelOutput.space.transform(vector), image: null };
        return nearest(opened, modelOutput, sought, input.limit);
      }),
    },
  };
}

function asBlob({ bytes, type }: RenderedPicture): Blob {
  return new Blob([new Uint8Array(bytes)], { type });
}

function nearest(opened: LoadedProject, modelOutput: ViewedOutput, sought: Sought, limit: number) {
  const { files, marks } = opened;
  const markOf = (image: ImageId) => markName(marks[files.indexOf.get(image) ?? -1]);
  return nearestImages(opened.view, modelOutput, sought, limit, markOf);
}

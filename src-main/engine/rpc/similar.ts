import type { ImageId } from "../../contract/ids.ts";
import type { LoadedProject } from "../analysis/project/loaded-project.ts";
import type { ProjectCache } from "../analysis/project/project-cache.ts";
import { markName } from "../data/decisions/mark-codes.ts";
import type { ViewedOutput } from "../data/project-view.ts";
import { nearestImages, type Sought, soughtImage } from "../review/similar/nearest-images.ts";
import { PictureEmbedder } from "../review/similar/picture-embedder.ts";
import { answer } from "./answer.ts";
import { os } from "./implementer.ts";

/** Procedures that search a project for what looks like a picture. @param signal aborted when the engine is to end. */
export function similarProcedures(projects: ProjectCache, signal?: AbortSignal) {
  const embedder = new PictureEmbedder(signal);
  return {
    toImage: os.similar.toImage.handler(({ input }) =>
      answer(input.project, () => {
        const opened = projects.open(input.project);
        const modelOutput = opened.modelOutput(input.modelOutput);
        const sought = soughtImage(opened.view, modelOutput, input.image);
        return nearest(opened, modelOutput, sought, input.limit);
      }),
    ),

    toPicture: os.similar.toPicture.handler(({ input }) =>
      answer(input.project, async () => {
        const { record } = projects.open(input.project).view;
        const wanted = projects.open(input.project).modelOutput(input.modelOutput);
        const bytes = Buffer.from(await input.picture.arrayBuffer());
        const vector = await embedder.embed(bytes, record, wanted);
        // The project may have been scanned anew meanwhile.
        const opened = projects.open(input.project);
        const modelOutput = opened.modelOutput(input.modelOutput);
        const sought = { vector, placed: modelOutput.space.transform(vector), image: null };
        return nearest(opened, modelOutput, sought, input.limit);
      }),
    ),
  };
}

function nearest(opened: LoadedProject, modelOutput: ViewedOutput, sought: Sought, limit: number) {
  const { files, marks } = opened;
  const markOf = (image: ImageId) => markName(marks[files.indexOf.get(image) ?? -1]);
  return nearestImages(opened.view, modelOutput, sought, limit, markOf);
}

import { nearestImages, type Sought, soughtImage } from "../similar/nearest-images.ts";
import { PictureEmbedder } from "../similar/picture-embedder.ts";
import { openProject } from "../store/project.ts";
import { type ProjectView, type ViewedResponse, viewProject } from "../view/project-view.ts";
import { os } from "./implementer.ts";

/** Procedures that search a project for what looks like a picture. @param signal aborted when the engine is to end. */
export function similarProcedures(signal?: AbortSignal) {
  const embedder = new PictureEmbedder(signal);

  async function search(
    input: { project: string; response?: string | undefined; limit: number },
    seek: (view: ProjectView, response: ViewedResponse) => Sought | Promise<Sought>,
  ) {
    using project = openProject(input.project);
    const view = viewProject(project, input.response === undefined ? [] : [input.response]);
    const [response] = view.responses;
    if (!response) throw new Error("The scan compared by no response");
    const sought = await seek(view, response);
    return nearestImages(view, response, sought, input.limit, () => null);
  }

  return {
    toImage: os.similar.toImage.handler(({ input }) =>
      search(input, (view, response) => soughtImage(view, response, input.image)),
    ),
    toPicture: os.similar.toPicture.handler(({ input }) =>
      search(input, async (view, response) => {
        const bytes = Buffer.from(await input.picture.arrayBuffer());
        const vector = await embedder.embed(bytes, view.record, response);
        return { vector, placed: response.space.place(vector), image: null };
      }),
    ),
  };
}

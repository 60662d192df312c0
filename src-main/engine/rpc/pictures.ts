import type { ProjectCache } from "../analysis/project/project-cache.ts";
import { pictureAlignment } from "../review/pictures/picture-alignment.ts";
import { pictureDetails } from "../review/pictures/picture-details.ts";
import { Pictures } from "../review/pictures/pictures.ts";
import type { RenderedPicture } from "../review/pictures/render.ts";
import { os } from "./implementer.ts";

/** Procedures that give pictures and what is known of them. */
export function pictureProcedures(projects: ProjectCache) {
  const projectOf = (file: string) => projects.open(file).project;
  const pictures = new Pictures(projectOf);
  return {
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
  };
}

function asBlob({ bytes, type }: RenderedPicture): Blob {
  return new Blob([new Uint8Array(bytes)], { type });
}

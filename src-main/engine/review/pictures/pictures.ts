import { availableParallelism } from "node:os";
import { EngineError } from "../../../contract/errors.ts";
import type { ImageId } from "../../../contract/ids.ts";
import { storedThumbnailReader } from "../../data/contents-table.ts";
import type { Project } from "../../data/project-file.ts";
import { UnreadableImageError } from "../../scan/decode/unreadable-image-error.ts";
import { LatestFirst } from "./latest-first.ts";
import {
  type FileState,
  fileState,
  findPicture,
  type PictureFile,
  readAsScanned,
} from "./picture-file.ts";
import { isSmall, type RenderedPicture, renderFull, renderThumbnail } from "./render.ts";
import { ThumbnailCache } from "./thumbnail-cache.ts";

/** Longer side of the thumbnails that a scan stores in its project. */
const STORED_SIDE = 160;
/** Full-size images in memory at once. */
const FULL_AT_ONCE = 2;

/** Opens a project file. The result is valid until the next `await`. */
export type ProjectReader = (file: string) => Project;

/** Renders the images of projects in formats that browsers show. */
export class Pictures {
  readonly #projectOf: ProjectReader;
  readonly #thumbnails = new LatestFirst(Math.max(2, availableParallelism()));
  readonly #full = new LatestFirst(FULL_AT_ONCE);

  constructor(projectOf: ProjectReader) {
    this.#projectOf = projectOf;
  }

  /**
   * A thumbnail from the project, the cache next to it, or the image file, in this order. A thumbnail that exists is returned even
   * when the image file does not.
   * @param side longer side in pixels; smaller images keep their size
   * @throws EngineError FOLDER_UNAVAILABLE when the file is missing, unreadable or changed since the scan; USAGE for an unknown image
   */
  async thumbnail(
    file: string,
    image: ImageId,
    side: number,
    signal?: AbortSignal,
  ): Promise<RenderedPicture> {
    const { picture, stored, cache } = lookUp(this.#projectOf(file), image, side);
    const state = await fileState(picture);
    // A file with another modification time may have the same bytes; reading it decides.
    if (state === "same" || state === "away") {
      const known = stored ?? (await cache.read(picture.sha256, side));
      if (known) return known;
    }
    return this.#thumbnails.run(async () => {
      const bytes = await readAsScanned(picture, state);
      const made = await rendering(picture, renderThumbnail(bytes, side));
      await cache.write(picture.sha256, side, made);
      return made;
    }, signal);
  }

  /**
   * The image in full size, from its file.
   * @throws EngineError like {@link thumbnail}
   */
  async full(file: string, image: ImageId, signal?: AbortSignal): Promise<RenderedPicture> {
    const picture = findPicture(this.#projectOf(file), image);
    const state: FileState = await fileState(picture);
    return this.#full.run(
      async () => rendering(picture, renderFull(await readAsScanned(picture, state))),
      signal,
    );
  }
}

function lookUp(project: Project, image: ImageId, side: number) {
  const picture = findPicture(project, image);
  const wanted = side === STORED_SIDE && !isSmall(picture.width, picture.height, side);
  return {
    picture,
    stored: wanted ? storedThumbnail(project, picture) : null,
    cache: new ThumbnailCache(project),
  };
}

/** The thumbnail that the scan stored, if any. */
function storedThumbnail(project: Project, { content }: PictureFile): RenderedPicture | null {
  const bytes = storedThumbnailReader(project)(content);
  return bytes ? { type: "image/jpeg", bytes } : null;
}

async function rendering(
  { file }: PictureFile,
  rendered: Promise<RenderedPicture>,
): Promise<RenderedPicture> {
  try {
    return await rendered;
  } catch (cause) {
    if (!(cause instanceof UnreadableImageError)) throw cause;
    throw new EngineError(
      "FOLDER_UNAVAILABLE",
      `The file ${file} cannot be shown: ${cause.message}.`,
      { cause },
    );
  }
}

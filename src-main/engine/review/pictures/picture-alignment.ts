import { EngineError } from "../../../contract/errors.ts";
import type { ImageId } from "../../../contract/ids.ts";
import type { Alignment } from "../../../contract/pictures.ts";
import type { Project } from "../../data/project-file.ts";
import { alignPair, type ImageFacts } from "../../scan/evidence/evidence.ts";
import { mirrorAndTurns } from "../../scan/evidence/orientation.ts";
import { asSignature } from "../../scan/evidence/signature.ts";

interface FactsRow {
  readonly sha256: Buffer;
  readonly width: number;
  readonly height: number;
  readonly pixel_digest: Buffer | null;
  readonly signature: Buffer;
}

/**
 * How images are laid on another one, by what the scan's evidence knows of them: no file is read.
 * @returns in the order of `images`
 * @throws EngineError USAGE for an image that the project does not know.
 */
export function pictureAlignment(
  { database, file }: Project,
  on: ImageId,
  images: readonly ImageId[],
): Alignment[] {
  const select = database.prepare<[number], FactsRow>(
    `SELECT c.sha256, c.width, c.height, c.pixel_digest, c.signature
     FROM files f JOIN contents c ON c.id = f.content WHERE f.id = ?`,
  );
  const factsOf = (image: ImageId): ImageFacts => {
    const row = select.get(image);
    if (!row) {
      throw new EngineError("USAGE", `The project ${file} has no image ${image}; open it again.`);
    }
    return {
      sha256: row.sha256.toString("hex"),
      pixelHash: row.pixel_digest?.toString("hex") ?? null,
      width: row.width,
      height: row.height,
      signature: asSignature(row.signature),
    };
  };
  const reference = factsOf(on);
  return images.map((image) => {
    const { orientation, frame } = alignPair(reference, factsOf(image));
    return { ...mirrorAndTurns(orientation), frame };
  });
}

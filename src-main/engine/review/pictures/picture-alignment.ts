import type { ImageId } from "../../../contract/ids.ts";
import type { Alignment } from "../../../contract/pictures.ts";
import { evidenceFactsReader } from "../../data/contents-table.ts";
import { storedImage } from "../../data/files-table.ts";
import type { Project } from "../../data/project-file.ts";
import { alignPair, type ImageFacts, newWorkspace } from "../../scan/evidence/evidence.ts";
import { mirrorAndTurns } from "../../scan/evidence/orientation.ts";
import { asSignature } from "../../scan/evidence/signature.ts";

/**
 * How to overlay images on a reference image, computed from the scan's stored signatures without reading a file.
 * @param on the reference image
 * @returns in the order of `images`
 * @throws EngineError USAGE for an unknown image
 */
export function pictureAlignment(
  project: Project,
  on: ImageId,
  images: readonly ImageId[],
): Alignment[] {
  const readFacts = evidenceFactsReader(project);
  const factsOf = (image: ImageId): ImageFacts => {
    const { content } = storedImage(project, image);
    const facts = readFacts(content);
    if (!facts) throw new Error(`The project lacks content ${content}`);
    return { ...facts, signature: asSignature(facts.signature) };
  };
  const reference = factsOf(on);
  const workspace = newWorkspace();
  return images.map((image) => {
    const { orientation, frame } = alignPair(workspace, reference, factsOf(image));
    return { ...mirrorAndTurns(orientation), frame };
  });
}

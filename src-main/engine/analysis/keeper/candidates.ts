import { ImageId } from "../../../contract/ids.ts";
import {
  allImageMeasures,
  type ImageMeasures,
  imageMeasuresReader,
} from "../../data/files-table.ts";
import type { ProjectView } from "../../data/project-view.ts";
import type { Candidate } from "./criteria.ts";

/**
 * Reads the properties of images that the rules compare.
 * @param amount `many` reads those of all at the first one asked for: one by one they would take far longer
 */
export function candidateReader(
  { project, images }: Pick<ProjectView, "project" | "images">,
  amount: "few" | "many",
): (image: number) => Candidate {
  const measuresOfOne = imageMeasuresReader(project);
  let all: ReadonlyMap<number, ImageMeasures> | undefined;
  const measuresOf = (image: number) => {
    if (amount === "few") return measuresOfOne(image);
    all ??= allImageMeasures(project);
    return all.get(image);
  };
  return (image) => {
    const [file, measures] = [images.get(image), measuresOf(image)];
    if (!file || !measures) throw new Error(`The project lacks image ${image}`);
    const { split, path } = file;
    return { ...measures, id: ImageId.parse(image), split, path };
  };
}

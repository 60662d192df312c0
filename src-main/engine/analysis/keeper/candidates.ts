import { ImageId } from "../../../contract/ids.ts";
import { readColumns } from "../../data/columns.ts";
import type { ProjectView } from "../../data/project-view.ts";
import type { Candidate } from "./criteria.ts";

/** What the rules look at of a file, beside its place. */
interface Measures
  extends Required<
    Pick<Candidate, "width" | "height" | "bytes" | "format" | "modified" | "exif">
  > {}

const MEASURES = `SELECT f.id, c.width, c.height, c.bytes, c.format, f.modified_ns / 1000 AS modified,
    coalesce(c.exif, 0) AS exif
  FROM files f JOIN contents c ON c.id = f.content WHERE f.present = 1`;

/**
 * Reads what the rules look at of images.
 * @param amount `many` reads those of all at the first one asked for: one by one they would take far longer
 */
export function candidateReader(
  { project: { database }, images }: Pick<ProjectView, "project" | "images">,
  amount: "few" | "many",
): (image: number) => Candidate {
  const select = database.prepare<[number], Measures>(`${MEASURES} AND f.id = ?`);
  let all: ReadonlyMap<number, Measures> | undefined;
  const measuresOf = (image: number) => {
    if (amount === "few") return select.get(image);
    all ??= allMeasures(database);
    return all.get(image);
  };
  return (image) => {
    const [place, measures] = [images.get(image), measuresOf(image)];
    if (!place || !measures) throw new Error(`The project lacks image ${image}`);
    const { split, path } = place;
    return { ...measures, id: ImageId.parse(image), split, path };
  };
}

function allMeasures(database: ProjectView["project"]["database"]): Map<number, Measures> {
  const { id, width, height, bytes, format, modified, exif } = readColumns<
    Omit<Measures, "format"> & { id: number; format: string }
  >(database, MEASURES, ["id", "width", "height", "bytes", "format", "modified", "exif"]);
  // The columns are equally long, hence the casts.
  return new Map(
    id.map((image, row) => [
      image,
      {
        width: width[row] as number,
        height: height[row] as number,
        bytes: bytes[row] as number,
        format: format[row] as string,
        modified: modified[row] as number,
        exif: exif[row] as number,
      },
    ]),
  );
}

import type { PictureDetails } from "../../../../src-main/contract/pictures.ts";
import { countText } from "../../../state/format.ts";

export interface DifferenceRow {
  readonly name: string;
  /** One for each image. */
  readonly values: readonly string[];
  readonly differs: boolean;
}

const NONE = "–";
const TIME = new Intl.DateTimeFormat("en-US", { dateStyle: "medium", timeStyle: "medium" });
/** Enough hexadecimal digits to tell files apart at a glance. */
const HASH_DIGITS = 12;

/** Compares images fact by fact: file facts first, then EXIF entries. */
export function differences(pictures: readonly PictureDetails[]): DifferenceRow[] {
  const row = (
    name: string,
    show: (picture: PictureDetails) => string,
    compare: (picture: PictureDetails) => unknown = show,
  ): DifferenceRow => ({
    name,
    values: pictures.map(show),
    differs: new Set(pictures.map(compare)).size > 1,
  });
  const exifNames = [...new Set(pictures.flatMap(({ exif }) => exif.map(({ name }) => name)))];
  return [
    row("Split", ({ split }) => split),
    row("Label", ({ label }) => label ?? NONE),
    row("Path", ({ path }) => path),
    row("Pixels", ({ width, height }) => `${width} × ${height}`),
    row("Size", ({ bytes }) => `${countText(bytes)} bytes`),
    row("Format", ({ format }) => format),
    row("Modified", ({ modifiedAt }) =>
      modifiedAt === null ? "file is missing" : TIME.format(modifiedAt),
    ),
    row(
      "Content",
      ({ sha256 }) => sha256.slice(0, HASH_DIGITS),
      ({ sha256 }) => sha256,
    ),
    ...exifNames.map((name) =>
      row(name, ({ exif }) => exif.find((entry) => entry.name === name)?.value ?? NONE),
    ),
  ];
}

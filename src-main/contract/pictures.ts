import { z } from "zod";
import { ReviewImage } from "./cut.ts";
import { EvidenceKind } from "./evidence-kind.ts";
import { ImageId } from "./ids.ts";
import { ReportImage } from "./report.ts";

/** Longer sides of thumbnails in pixels. A smaller image is returned losslessly at its own size, for the page to enlarge. */
export const THUMBNAIL_SIDES = [160, 320, 640] as const;
export const ThumbnailSide = z.union([z.literal(160), z.literal(320), z.literal(640)]);
export type ThumbnailSide = z.infer<typeof ThumbnailSide>;

/** An image's row in the table of differences. */
export const PictureDetails = ReportImage.omit({ id: true, damage: true, otherNames: true }).extend(
  {
    image: ImageId,
    /** Absolute path in the form of path-text.ts. */
    file: z.string(),
    /** Milliseconds since 1970; `null` if the file is missing. */
    modifiedAt: z.number().nullable(),
    /** EXIF entries as text, in a fixed order. */
    exif: z.array(z.object({ name: z.string(), value: z.string() })),
  },
);
export type PictureDetails = z.infer<typeof PictureDetails>;

/** One of the eight orientations of a rectangle. */
export const Orientation = z.object({
  mirrored: z.boolean(),
  /** Clockwise quarter turns, applied after mirroring. */
  turns: z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3)]),
});
export type Orientation = z.infer<typeof Orientation>;

/** How to orient and position an image so that it lines up with another one. */
export const Alignment = Orientation.extend({
  /** Its position in the other's frame, whose sides are 1; `null` if the two are not known to match. */
  frame: z
    .object({ x: z.number(), y: z.number(), width: z.number(), height: z.number() })
    .nullable(),
});
export type Alignment = z.infer<typeof Alignment>;

export const SimilarImage = z.object({
  image: ReviewImage.omit({ match: true, rightLabel: true, newcomer: true }),
  /** Cosine, in [-1, 1]. */
  similarity: z.number(),
  /** Euclidean, in the searched space. */
  distance: z.number(),
  /** Known for pairs that the scan stored. */
  confidence: z.number().nullable(),
  kind: EvidenceKind.nullable(),
});
export type SimilarImage = z.infer<typeof SimilarImage>;

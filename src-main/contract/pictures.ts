import { z } from "zod";
import { ReviewImage } from "./cut.ts";
import { EvidenceKind } from "./evidence-kind.ts";
import { ImageId } from "./ids.ts";
import { ReportImage } from "./report.ts";

/** Longer sides of thumbnails in pixels. A smaller picture is given as it is, without loss, for the page to enlarge. */
export const THUMBNAIL_SIDES = [160, 320, 640] as const;
export const ThumbnailSide = z.union([z.literal(160), z.literal(320), z.literal(640)]);
export type ThumbnailSide = z.infer<typeof ThumbnailSide>;

/** What the table of differences compares. */
export const PictureDetails = ReportImage.omit({ id: true }).extend({
  image: ImageId,
  /** Absolute, as path-text.ts writes names. */
  file: z.string(),
  /** Milliseconds since 1970; `null` for a file that is away. */
  modifiedAt: z.number().nullable(),
  /** EXIF entries, as text, in a fixed order. */
  exif: z.array(z.object({ name: z.string(), value: z.string() })),
});
export type PictureDetails = z.infer<typeof PictureDetails>;

/** One of the eight ways in which a rectangle can lie. */
export const Orientation = z.object({
  mirrored: z.boolean(),
  /** Clockwise, in quarter turns, after the mirroring. */
  turns: z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3)]),
});
export type Orientation = z.infer<typeof Orientation>;

/** How a picture must be laid so that it shows what another one shows at the same places. */
export const Alignment = Orientation.extend({
  /** Where it then lies in the other's frame, whose sides are 1; `null` where the two are not known to show the same. */
  frame: z
    .object({ x: z.number(), y: z.number(), width: z.number(), height: z.number() })
    .nullable(),
});
export type Alignment = z.infer<typeof Alignment>;

export const SimilarImage = z.object({
  image: ReviewImage.omit({ match: true, rightLabel: true, newcomer: true }),
  /** Cosine, in [-1, 1]. */
  similarity: z.number(),
  /** Known for pairs that the scan stored. */
  confidence: z.number().nullable(),
  kind: EvidenceKind.nullable(),
});
export type SimilarImage = z.infer<typeof SimilarImage>;

import { z } from "zod";

/** Why two images match, from the cheapest and surest evidence to none beyond the embedding. Projects store indexes: only append. */
export const EVIDENCE_KINDS = [
  "same-bytes",
  "same-pixels",
  "resized",
  "flipped",
  "rotated",
  "cropped",
  "recolored",
  "similar",
  "edited",
] as const;

export const EvidenceKind = z.enum(EVIDENCE_KINDS);
export type EvidenceKind = z.infer<typeof EvidenceKind>;

import type { EvidenceKind } from "../../src-main/contract/evidence-kind.ts";

/** Name and explanation of each kind of evidence. */
export const KIND_TEXT: Record<EvidenceKind, { readonly name: string; readonly says: string }> = {
  "same-bytes": { name: "Same file", says: "The files are byte-for-byte identical" },
  "same-pixels": { name: "Same pixels", says: "Different files with identical pixels" },
  resized: { name: "Resized", says: "The same image, resized or recompressed" },
  flipped: { name: "Flipped", says: "The same image, mirrored" },
  rotated: { name: "Rotated", says: "The same image, rotated" },
  cropped: { name: "Cropped", says: "One image is a part of the other" },
  recolored: { name: "Recolored", says: "The same image with different colors or brightness" },
  edited: {
    name: "Edited",
    says: "The same image, but a part of it, its transparency, depth or frames differ",
  },
  similar: { name: "Similar", says: "The model finds them similar, but the pixels differ" },
};

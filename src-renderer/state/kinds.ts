import type { EvidenceKind } from "../../src-main/contract/evidence-kind.ts";

/** What a kind of evidence is called, and what it says of two images. */
export const KIND_TEXT: Record<EvidenceKind, { readonly name: string; readonly says: string }> = {
  "same-bytes": { name: "Same file", says: "Byte for byte the same file" },
  "same-pixels": { name: "Same pixels", says: "Different files with exactly the same pixels" },
  resized: { name: "Resized", says: "The same picture, resized or compressed again" },
  flipped: { name: "Flipped", says: "The same picture, mirrored" },
  rotated: { name: "Rotated", says: "The same picture, turned" },
  cropped: { name: "Cropped", says: "One picture shows a part of the other" },
  recolored: { name: "Recolored", says: "The same picture with other colors or brightness" },
  similar: { name: "Similar", says: "Close to each other for the model; the pixels differ" },
};

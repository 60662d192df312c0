import { z } from "zod";

/** A sentence in pieces, so that who shows it can set the names of splits apart. */
export const Sentence = z.array(z.union([z.string(), z.object({ split: z.string() })])).readonly();
export type Sentence = z.infer<typeof Sentence>;

/** The sentence as plain text. */
export function plainText(sentence: Sentence): string {
  return sentence.map((piece) => (typeof piece === "string" ? piece : piece.split)).join("");
}

import { STANDARD_OUTPUT } from "../../text/paths.ts";
import { writeWhole } from "../files/write-file.ts";

/**
 * Writes each output to its file, or yields its text in pieces if the caller wants it on standard output.
 * @param outputs file by output, `-` for standard output
 * @param textOf the output's text
 * @throws EngineError DISK_UNWRITABLE
 */
export async function* writeOutputs<Output extends string>(
  outputs: Partial<Record<Output, string>>,
  textOf: (output: Output) => Iterable<string>,
): AsyncGenerator<{ output: Output; text: string }, void> {
  for (const [output, target] of Object.entries(outputs) as [Output, string][]) {
    const chunks = textOf(output);
    if (target !== STANDARD_OUTPUT) await writeWhole(target, chunks);
    else for (const text of largePieces(chunks)) yield { output, text };
  }
}

const PIECE_CHARACTERS = 256 * 1024;

/** Joins small chunks: few large messages cross a process boundary faster than many small ones. */
function* largePieces(chunks: Iterable<string>): Generator<string> {
  let piece = "";
  for (const chunk of chunks) {
    piece += chunk;
    if (piece.length < PIECE_CHARACTERS) continue;
    yield piece;
    piece = "";
  }
  if (piece !== "") yield piece;
}

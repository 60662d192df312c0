/** Characters of a text that go to the caller at a time. */
const CHUNK_CHARACTERS = 256 * 1024;

/** Few large messages instead of many small ones. */
export function* inLargePieces(chunks: Iterable<string>): Generator<string> {
  let piece = "";
  for (const chunk of chunks) {
    piece += chunk;
    if (piece.length < CHUNK_CHARACTERS) continue;
    yield piece;
    piece = "";
  }
  if (piece !== "") yield piece;
}

/** More zeros than arithmetic coding writes. */
const ZEROED_BYTES = 32;
const RIFF_HEAD_BYTES = 12;
const CHUNK_HEAD_BYTES = 8;

/** Whether the coded data of a lossy WebP ends in zeros: the decoder shows such a file without a warning. */
export function endsInZeroedFrame(bytes: Buffer): boolean {
  for (let at = RIFF_HEAD_BYTES; at + CHUNK_HEAD_BYTES <= bytes.length; ) {
    const length = bytes.readUInt32LE(at + 4);
    const end = at + CHUNK_HEAD_BYTES + length;
    if (bytes.toString("latin1", at, at + 4) === "VP8 ") {
      const tail = bytes.subarray(Math.max(at + CHUNK_HEAD_BYTES, end - ZEROED_BYTES), end);
      return tail.length === ZEROED_BYTES && tail.every((byte) => byte === 0);
    }
    at = end + (length % 2); // chunks start at even offsets
  }
  return false;
}

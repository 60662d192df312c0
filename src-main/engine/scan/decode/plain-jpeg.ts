/**
 * Whether a JPEG is of the most common kind: sequential, 8 bits per channel, one or three channels, a single scan, and no
 * color profile (ITU-T T.81, B.2). A single scan bounds the time that decoding can take.
 */
export function isPlainJpeg(bytes: Buffer): boolean {
  let components: number | undefined;
  for (let at = AFTER_START_OF_IMAGE; at + SEGMENT_HEAD_BYTES <= bytes.length; ) {
    if (bytes[at] !== 0xff) return false;
    const marker = bytes[at + 1];
    const length = bytes.readUInt16BE(at + 2);
    const segment = bytes.subarray(at + SEGMENT_HEAD_BYTES, at + 2 + length);
    if (marker === Marker.startOfScan) {
      const hasAllComponents = components !== undefined && segment[0] === components;
      return hasAllComponents && bytes.indexOf(START_OF_SCAN, at + 2) < 0;
    }
    if (marker === Marker.baseline || marker === Marker.extended) {
      if (components !== undefined || segment[0] !== BITS) return false;
      components = segment[COMPONENTS_AT];
      if (components !== 1 && components !== 3) return false;
    } else if (marker === Marker.profile) {
      if (segment.indexOf(COLOR_PROFILE) === 0) return false;
    } else if (!isHarmless(marker)) return false;
    at += 2 + length;
  }
  return false;
}

const AFTER_START_OF_IMAGE = 2;
/** Marker, then a length that includes its own two bytes. */
const SEGMENT_HEAD_BYTES = 4;
const Marker = { baseline: 0xc0, extended: 0xc1, startOfScan: 0xda, profile: 0xe2 } as const;
/** In coded data 0xff is always followed by zero, so these two bytes start a scan wherever they occur. */
const START_OF_SCAN = Buffer.from([0xff, Marker.startOfScan]);
const COLOR_PROFILE = "ICC_PROFILE\0";
const BITS = 8;
/** Offset in the frame header, after the sample precision, height, and width. */
const COMPONENTS_AT = 5;

/** Tables, restart interval, application data, and comments. */
function isHarmless(marker: number | undefined): boolean {
  if (marker === undefined) return false;
  return (
    marker === 0xc4 ||
    marker === 0xdb ||
    marker === 0xdd ||
    marker === 0xfe ||
    (marker >= 0xe0 && marker <= 0xef)
  );
}

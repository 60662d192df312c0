import jpegTurbo from "@julusian/jpeg-turbo";

/** A JPEG as its segments describe it (ITU-T T.81, B.2). */
interface JpegLayout {
  readonly isProgressive: boolean;
  /** Identifiers of the components. */
  readonly components: readonly number[];
  readonly scans: readonly Scan[];
}

/** A scan of some components: coefficients `first` to `last`, with the lowest `missingBits` bits left out. */
interface Scan {
  readonly components: readonly number[];
  readonly first: number;
  readonly last: number;
  readonly missingBits: number;
}

const COEFFICIENTS = 64;
const END_OF_IMAGE = Buffer.from([0xff, 0xd9]);
const START_OF_SCAN = Buffer.from([0xff, 0xda]);

/**
 * Whether the file lacks scans: a component that no scan has, or coefficients that were never sent at full precision. Decoders show such
 * a file without a warning.
 */
export function lacksScans(bytes: Buffer): boolean {
  const layout = readLayout(bytes);
  if (!layout) return false;
  return layout.components.some((component) => {
    const own = layout.scans.filter(({ components }) => components.includes(component));
    if (!layout.isProgressive) return own.length === 0;
    const missing = new Array<number>(COEFFICIENTS).fill(Number.POSITIVE_INFINITY);
    for (const { first, last, missingBits } of own) missing.fill(missingBits, first, last + 1);
    return missing.some((bits) => bits > 0);
  });
}

function readLayout(bytes: Buffer): JpegLayout | null {
  try {
    let frame: Omit<JpegLayout, "scans"> | undefined;
    const scans: Scan[] = [];
    for (let at = 2; at + 4 <= bytes.length; ) {
      if (bytes[at] !== 0xff) return null;
      const marker = bytes[at + 1] as number;
      if (marker === 0xff) {
        at++; // fill byte
        continue;
      }
      if (marker === END_OF_IMAGE[1]) break;
      const length = bytes.readUInt16BE(at + 2);
      const segment = bytes.subarray(at + 4, at + 2 + length);
      if (isFrame(marker)) {
        const components = Array.from(
          { length: segment[5] ?? 0 },
          (_, i) => segment[6 + 3 * i] ?? -1,
        );
        frame = { components, isProgressive: marker === 0xc2 || marker === 0xca };
      }
      at += 2 + length;
      if (marker !== START_OF_SCAN[1]) continue;
      scans.push(scanOf(segment));
      const end = nextMarker(bytes, at);
      if (end < 0) break;
      at = end;
    }
    return frame ? { ...frame, scans } : null;
  } catch (cause) {
    if (cause instanceof RangeError) return null;
    throw cause;
  }
}

/** Start of frame, of any coding but differential and lossless ones. */
const isFrame = (marker: number) => [0xc0, 0xc1, 0xc2, 0xc9, 0xca].includes(marker);

function scanOf(segment: Buffer): Scan {
  const count = segment[0] ?? 0;
  const parameters = 1 + 2 * count;
  return {
    components: Array.from({ length: count }, (_, i) => segment[1 + 2 * i] ?? -1),
    first: segment[parameters] ?? 0,
    last: segment[parameters + 1] ?? 0,
    missingBits: (segment[parameters + 2] ?? 0) & 0x0f,
  };
}

/** The first marker after coded data: 0xff, not followed by zero, a restart marker or another 0xff. */
function nextMarker(bytes: Buffer, from: number): number {
  for (let at = bytes.indexOf(0xff, from); at >= 0; at = bytes.indexOf(0xff, at + 1)) {
    const next = bytes[at + 1] ?? 0;
    if (next !== 0 && next !== 0xff && (next < 0xd0 || next > 0xd7)) return at;
  }
  return -1;
}

/** Zeros at the end that no encoder writes by chance. */
const SUSPICIOUS_ZEROS = 8;

/** Whether zeros end the file or its image, as after a transfer that broke off. Sound files may end so too. */
export function endsInZeros(bytes: Buffer): boolean {
  if (isZeroBefore(bytes, bytes.length)) return true;
  const end = bytes.lastIndexOf(END_OF_IMAGE);
  return end >= 0 && isZeroBefore(bytes, end);
}

function isZeroBefore(bytes: Buffer, end: number): boolean {
  return (
    end >= SUSPICIOUS_ZEROS &&
    bytes.subarray(end - SUSPICIOUS_ZEROS, end).every((byte) => byte === 0)
  );
}

/** What decoders show where data is missing. Scaling and color profiles shift it a little. */
const GAP_LEVEL = 128;
const GAP_TOLERANCE = 6;

/**
 * Whether the last pixel could be a gap.
 * @param pixels RGB, row-major
 * @param upright false if EXIF rotation may have moved the last pixel to another corner
 */
export function endsInGap(
  pixels: Uint8Array,
  width: number,
  height: number,
  upright: boolean,
): boolean {
  const last = width * height - 1;
  const corners = upright ? [last] : [0, width - 1, last - width + 1, last];
  return corners.some((pixel) =>
    pixels
      .subarray(3 * pixel, 3 * pixel + 3)
      .every((level) => Math.abs(level - GAP_LEVEL) <= GAP_TOLERANCE),
  );
}

/**
 * Whether libjpeg-turbo decodes the whole file without a warning. Sharp misses warnings about the last rows. True for files that
 * libjpeg-turbo cannot turn into RGB.
 */
export async function decodesCleanly(bytes: Buffer): Promise<boolean> {
  const components = readLayout(bytes)?.components.length;
  if (components !== 1 && components !== 3) return true;
  try {
    await jpegTurbo.decompress(bytes, { format: jpegTurbo.FORMAT_RGB });
    return true;
  } catch {
    return false;
  }
}

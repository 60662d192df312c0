/** Side of the squares that orientations are tried on. */
export const SQUARE_SIDE = 24;

/** Brightness in [0, 1] of a picture squeezed into a square, row-major. */
export async function brightnessSquare(address: string): Promise<Float32Array> {
  const image = new Image();
  // Desktop pictures come by a protocol of their own, which answers with the header that this asks for.
  image.crossOrigin = "anonymous";
  image.src = address;
  await image.decode();
  const canvas = new OffscreenCanvas(SQUARE_SIDE, SQUARE_SIDE);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) throw new Error("This browser draws no pictures.");
  context.imageSmoothingQuality = "high";
  context.drawImage(image, 0, 0, SQUARE_SIDE, SQUARE_SIDE);
  const { data } = context.getImageData(0, 0, SQUARE_SIDE, SQUARE_SIDE);
  return Float32Array.from({ length: SQUARE_SIDE * SQUARE_SIDE }, (_, i) => {
    const at = 4 * i;
    // Rec. 709 luma.
    return (
      (0.2126 * (data[at] ?? 0) + 0.7152 * (data[at + 1] ?? 0) + 0.0722 * (data[at + 2] ?? 0)) / 255
    );
  });
}

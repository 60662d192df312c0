import { createHash } from "node:crypto";
import sharp from "sharp";
import type { ImageFacts } from "../../src-main/engine/scan/evidence/evidence.ts";
import { makeSignature } from "../../src-main/engine/scan/evidence/signature.ts";

/** Side of the decoded model input, as in a scan. */
const INPUT_SIDE = 112;

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** The facts that a scan stores for an encoded image, computed the way a scan does. */
export async function factsOf(encoded: Buffer): Promise<ImageFacts> {
  const decoded = () =>
    sharp(encoded, { failOn: "error", sequentialRead: true })
      .autoOrient()
      .flatten({ background: "#fff" })
      .toColourspace("srgb");
  const full = await decoded().raw().toBuffer({ resolveWithObject: true });
  const { width, height } = full.info;
  const input = await decoded()
    .resize(INPUT_SIDE, INPUT_SIDE, { fit: "fill" })
    .raw()
    .toBuffer({ resolveWithObject: true });
  return {
    sha256: sha256(encoded),
    pixelHash: sha256(full.data),
    width,
    height,
    signature: makeSignature(input.data, input.info.width, input.info.height),
  };
}

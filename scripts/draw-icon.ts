/** Draws the program's icon, two overlapping identical photos. Writes build/icon.{png,ico,icns}. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";

const out = join(import.meta.dirname, "..", "build");

const photo = (x: number, y: number, fill: string) => `
  <g transform="translate(${x} ${y})">
    <rect width="248" height="248" rx="36" fill="${fill}" stroke="#fff" stroke-width="16"/>
    <circle cx="172" cy="80" r="26" fill="#fff"/>
    <path d="M30 206 96 112l46 62 26-30 50 62z" fill="#fff"/>
  </g>`;

/** Train's blue below test's orange, as in the program. */
const ICON = `<svg xmlns="http://www.w3.org/2000/svg" width="512" height="512" viewBox="0 0 512 512">
  <rect x="24" y="24" width="464" height="464" rx="104" fill="#262626"/>
  ${photo(88, 88, "#2563eb")}${photo(176, 176, "#d97706")}
</svg>`;

const png = (side: number) =>
  sharp(Buffer.from(ICON), { density: 72 * Math.max(1, side / 512) })
    .resize(side, side)
    .png({ compressionLevel: 9, palette: true })
    .toBuffer();

/** An ICO file is a directory of images, each of which may be a PNG. */
async function ico(sides: readonly number[]): Promise<Buffer> {
  const pictures = await Promise.all(sides.map(png));
  const head = Buffer.alloc(6 + 16 * sides.length);
  head.writeUInt16LE(1, 2);
  head.writeUInt16LE(sides.length, 4);
  let offset = head.length;
  for (const [at, picture] of pictures.entries()) {
    const entry = 6 + 16 * at;
    // A side of 256 is stored as 0.
    const side = (sides[at] ?? 0) % 256;
    head.writeUInt8(side, entry);
    head.writeUInt8(side, entry + 1);
    head.writeUInt16LE(1, entry + 4);
    head.writeUInt16LE(32, entry + 6);
    head.writeUInt32LE(picture.length, entry + 8);
    head.writeUInt32LE(offset, entry + 12);
    offset += picture.length;
  }
  return Buffer.concat([head, ...pictures]);
}

/** Names of an ICNS file's PNG entries by side. */
const ICNS_TYPES = { 128: "ic07", 256: "ic08", 512: "ic09", 1024: "ic10" } as const;

/** An ICNS file is a list of named images. */
async function icns(): Promise<Buffer> {
  const entries: Buffer[] = [];
  for (const [side, type] of Object.entries(ICNS_TYPES)) {
    const picture = await png(Number(side));
    const head = Buffer.alloc(8);
    head.write(type, "latin1");
    head.writeUInt32BE(picture.length + 8, 4);
    entries.push(head, picture);
  }
  const body = Buffer.concat(entries);
  const head = Buffer.alloc(8);
  head.write("icns", "latin1");
  head.writeUInt32BE(body.length + 8, 4);
  return Buffer.concat([head, body]);
}

await writeFile(join(out, "icon.png"), await png(512));
await writeFile(join(out, "icon.ico"), await ico([16, 32, 48, 64, 128, 256]));
await writeFile(join(out, "icon.icns"), await icns());

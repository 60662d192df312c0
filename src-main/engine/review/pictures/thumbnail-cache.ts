import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Project } from "../../data/project-file.ts";
import { requireInside } from "../../files/paths.ts";
import type { RenderedPicture } from "./render.ts";

let written = 0;

/**
 * Thumbnails as files next to the project, named by the SHA-256 of the image file, so a changed file never shows its old thumbnail.
 * Failures to read or write are ignored: the thumbnail is rendered again.
 */
export class ThumbnailCache {
  readonly #folder: string;

  constructor({ cacheFolder }: Pick<Project, "cacheFolder">) {
    this.#folder = join(cacheFolder, "thumbnails");
  }

  async read(sha256: string, side: number): Promise<RenderedPicture | null> {
    const file = this.#file(sha256, side);
    // The cache may come with a stranger's project and contain links.
    const bytes = await requireInside(Buffer.from(file), [this.#folder], "file")
      .then(() => readFile(file))
      .catch(() => null);
    if (bytes === null) return null;
    if (isJpeg(bytes)) return { type: "image/jpeg", bytes };
    return isPng(bytes) ? { type: "image/png", bytes } : null;
  }

  /** Writes the file completely or not at all. */
  async write(sha256: string, side: number, { bytes }: RenderedPicture): Promise<void> {
    const file = this.#file(sha256, side);
    const partial = `${file}.${process.pid}-${++written}.partial`;
    try {
      await requireInside(Buffer.from(file), [this.#folder], "entry");
      await mkdir(dirname(file), { recursive: true });
      await writeFile(partial, bytes);
      await rename(partial, file);
    } catch {
      // The disk may be full or read-only. The thumbnail is still shown.
      await rm(partial, { force: true }).catch(() => {});
    }
  }

  #file(sha256: string, side: number): string {
    return join(this.#folder, sha256.slice(0, 2), `${sha256}-${side}`);
  }
}

const isJpeg = (bytes: Buffer) => bytes[0] === 0xff && bytes[1] === 0xd8;
const isPng = (bytes: Buffer) => bytes.toString("latin1", 1, 4) === "PNG";

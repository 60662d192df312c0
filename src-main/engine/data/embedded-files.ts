import type { Project } from "./project-file.ts";

/** An image file with its embedding by one model output. */
export interface EmbeddedFile {
  readonly id: number;
  readonly split: string;
  readonly path: Buffer;
  /** Digest of the pixels that the model saw. */
  readonly digest: Buffer;
  /** Unit vector, float32. */
  readonly vector: Buffer;
}

const EMBEDDED_FILES = `FROM files f JOIN splits s ON s.id = f.split JOIN contents c ON c.id = f.content
  JOIN embeddings e ON e.content = c.id AND e.response = ?
  WHERE f.present = 1 AND f.state = 'image' AND s.position IS NOT NULL`;

/** Embedded files of each of these splits, by split id. @param most counting stops here */
export function countEmbeddedFiles(
  { database }: Project,
  modelOutput: number,
  splits: readonly { readonly id: number }[],
  most: number,
): Map<number, number> {
  const count = database
    .prepare<[number, number, number], number>(
      `SELECT count(*) FROM (SELECT 1 ${EMBEDDED_FILES} AND f.split = ? LIMIT ?)`,
    )
    .pluck();
  return new Map(splits.map(({ id }) => [id, count.get(modelOutput, id, most) ?? 0] as const));
}

/** The first embedded files of each split, by file id. @param shares number of files to read of each split, by split id */
export function* embeddedFiles(
  { database }: Project,
  modelOutput: number,
  shares: ReadonlyMap<number, number>,
): Generator<EmbeddedFile> {
  const select = database.prepare<[number, number, number], EmbeddedFile>(
    `SELECT f.id, s.name AS split, f.path, c.input_digest AS digest, e.vector ${EMBEDDED_FILES}
     AND f.split = ? ORDER BY f.id LIMIT ?`,
  );
  for (const [split, share] of shares) yield* select.iterate(modelOutput, split, share);
}

/** Which contents' embeddings {@link deleteEmbeddings} deletes: by format, size, and number of pixels, both ends included. */
export interface ContentSizes {
  readonly format: string;
  readonly leastWidth: number;
  readonly leastHeight: number;
  readonly leastPixels: number;
  readonly mostPixels: number;
}

/** Deletes a model's embeddings of some contents. @returns how many there were */
export function deleteEmbeddings(
  { database }: Project,
  modelSha256: string,
  { format, leastWidth, leastHeight, leastPixels, mostPixels }: ContentSizes,
): number {
  return database
    .prepare(
      `DELETE FROM embeddings WHERE response IN (SELECT id FROM responses WHERE model = ?) AND content IN (
         SELECT id FROM contents
         WHERE format = ? AND width >= ? AND height >= ? AND width * height BETWEEN ? AND ?)`,
    )
    .run(modelSha256, format, leastWidth, leastHeight, leastPixels, mostPixels).changes;
}

/** Deletes a model's embeddings of images in some formats. @returns how many there were */
export function deleteEmbeddingsOfFormats(
  { database }: Project,
  modelSha256: string,
  formats: readonly string[],
): number {
  return database
    .prepare(
      `DELETE FROM embeddings WHERE response IN (SELECT id FROM responses WHERE model = ?) AND content IN (
         SELECT id FROM contents WHERE format IN (SELECT value FROM json_each(?)))`,
    )
    .run(modelSha256, JSON.stringify(formats)).changes;
}

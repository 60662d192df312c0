import type { Project } from "./project-file.ts";

/** Everything about one content that a report prints. */
export interface ContentFacts {
  readonly sha256: string;
  /** Upright, in pixels. */
  readonly width: number;
  readonly height: number;
  readonly bytes: number;
  readonly format: string;
  /** Digest of all that is stored as pictures; `null` if it was never needed. */
  readonly pixelDigest: string | null;
  /** What is wrong with the file although it decodes; `null` if nothing is known to be. */
  readonly damage: string | null;
}

/** Reads the facts of contents one at a time. */
export function contentReader({ database }: Project): (content: number) => ContentFacts {
  const select = database.prepare<
    [number],
    {
      sha256: Buffer;
      width: number;
      height: number;
      bytes: number;
      format: string;
      pixel_digest: Buffer | null;
      damage: string | null;
    }
  >(
    `SELECT sha256, width, height, bytes, format, pixel_digest, nullif(damage, '') AS damage
     FROM contents WHERE id = ?`,
  );
  return (content) => {
    const row = select.get(content);
    if (!row) throw new Error(`The project has no content ${content}`);
    const { sha256, width, height, bytes, format, damage } = row;
    return {
      sha256: sha256.toString("hex"),
      width,
      height,
      bytes,
      format,
      pixelDigest: row.pixel_digest?.toString("hex") ?? null,
      damage,
    };
  };
}

/** What the evidence needs of one content. */
export interface EvidenceFacts {
  readonly sha256: string;
  /** `null` if the pixels were never compared. */
  readonly pixelHash: string | null;
  /** Upright, in pixels. */
  readonly width: number;
  readonly height: number;
  readonly signature: Buffer;
}

/** Reads the evidence facts of contents by id. */
export function evidenceFactsReader({
  database,
}: Project): (content: number) => EvidenceFacts | undefined {
  const select = database.prepare<[number], EvidenceFacts>(
    `SELECT hex(sha256) AS sha256, nullif(hex(pixel_digest), '') AS pixelHash, width, height, signature
     FROM contents WHERE id = ?`,
  );
  return (content) => select.get(content);
}

/** SHA-256 of contents by id; empty for an unknown one. */
export function sha256Reader({ database }: Project): (content: number) => Buffer {
  const select = database
    .prepare<[number], Buffer>("SELECT sha256 FROM contents WHERE id = ?")
    .pluck();
  return (content) => select.get(content) ?? Buffer.alloc(0);
}

/** SHA-256 of every stored content. */
export function storedSha256s({ database }: Project): IterableIterator<Buffer> {
  return database.prepare<[], Buffer>("SELECT sha256 FROM contents").pluck().iterate();
}

/** A thumbnail takes a few KB. */
const MOST_THUMBNAIL_BYTES = 1024 ** 2;

/** Reads thumbnails (JPEG) by content id; `null` where none is stored. */
export function storedThumbnailReader({ database }: Project): (content: number) => Buffer | null {
  const select = database
    .prepare<[number, number], Buffer | null>(
      "SELECT thumbnail FROM contents WHERE id = ? AND length(thumbnail) <= ?",
    )
    .pluck();
  return (content) => select.get(content, MOST_THUMBNAIL_BYTES) ?? null;
}

/** Stores what is computed from full-size pixels, after the embedding. `lacks` is false for an unknown content. */
function columnWriter({ database }: Project, column: "pixel_digest" | "thumbnail") {
  const lacking = database
    .prepare<[number], number>(`SELECT 1 FROM contents WHERE id = ? AND ${column} IS NULL`)
    .pluck();
  const update = database.prepare(`UPDATE contents SET ${column} = ? WHERE id = ?`);
  return {
    lacks: (content: number): boolean => lacking.get(content) !== undefined,
    store(content: number, value: Uint8Array): void {
      update.run(value, content);
    },
  };
}

export function pixelDigestWriter(project: Project) {
  return columnWriter(project, "pixel_digest");
}

/**
 * Forgets all digests of pixels, and the thumbnails of images in some formats, which an earlier version made differently.
 * @returns how many digests there were
 */
export function forgetStoredPictures({ database }: Project, formats: readonly string[]): number {
  const { changes } = database
    .prepare("UPDATE contents SET pixel_digest = NULL WHERE pixel_digest IS NOT NULL")
    .run();
  database
    .prepare(
      "UPDATE contents SET thumbnail = NULL WHERE format IN (SELECT value FROM json_each(?))",
    )
    .run(JSON.stringify(formats));
  return changes;
}

export function thumbnailWriter(project: Project) {
  return columnWriter(project, "thumbnail");
}

/** Stored where nothing is wrong; NULL is unknown. */
const SOUND = "";

/** One image's content, ready to be stored. */
export interface NewContent {
  readonly sha256: Buffer;
  readonly bytes: number;
  /** Upright, in pixels. */
  readonly width: number;
  readonly height: number;
  readonly format: string;
  readonly inputDigest: Buffer;
  /** `null` if the model's input was not all that the file stores. */
  readonly pixelDigest: Buffer | null;
  readonly signature: Uint8Array;
  /** Number of EXIF entries. */
  readonly exif: number;
  /** What is wrong with the file although it decodes; `null` if nothing is. */
  readonly damage: string | null;
}

/**
 * Stores embedded contents and what became of files.
 * @param modelOutputs ids of the model outputs that are embedded
 */
export function embeddedContentWriter({ database }: Project, modelOutputs: readonly number[]) {
  const isEmbedded = modelOutputs
    .map(
      (id) => `EXISTS (SELECT 1 FROM embeddings e WHERE e.content = c.id AND e.response = ${id})`,
    )
    .join(" AND ");
  const embedded = database
    .prepare<[Buffer], number>(`SELECT c.id FROM contents c WHERE c.sha256 = ? AND ${isEmbedded}`)
    .pluck();
  const upsertContent = database
    .prepare<unknown[], number>(
      `INSERT INTO contents (sha256, bytes, width, height, format, input_digest, pixel_digest, signature, exif, damage)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (sha256) DO UPDATE SET
         input_digest = excluded.input_digest, signature = excluded.signature, exif = excluded.exif,
         damage = excluded.damage
       RETURNING id`,
    )
    .pluck();
  const upsertEmbedding = database.prepare(
    "INSERT OR REPLACE INTO embeddings (content, response, vector) VALUES (?, ?, ?)",
  );
  const lackingDamage = database
    .prepare<[number], number>("SELECT 1 FROM contents WHERE id = ? AND damage IS NULL")
    .pluck();
  const setDamage = database.prepare("UPDATE contents SET damage = ? WHERE id = ?");
  const settle = database.prepare(
    "UPDATE files SET state = ?, content = ?, reason = ? WHERE id = ?",
  );
  return {
    /** Whether it is unknown if a content is damaged: an older version stored it. */
    lacksDamage: (content: number): boolean => lackingDamage.get(content) !== undefined,

    setDamage(content: number, damage: string | null): void {
      setDamage.run(damage ?? SOUND, content);
    },

    /** The id of a content that has an embedding of every model output. */
    embedded: (sha256: Buffer): number | undefined => embedded.get(sha256),

    /**
     * @param vectors one per model output, in the order of `modelOutputs`
     * @returns the content's id
     */
    store(content: NewContent, vectors: readonly Float32Array[]): number {
      const { sha256, bytes, width, height, format } = content;
      const { inputDigest, pixelDigest, signature, exif, damage } = content;
      const id = upsertContent.get(
        sha256,
        bytes,
        width,
        height,
        format,
        inputDigest,
        pixelDigest,
        signature,
        exif,
        damage ?? SOUND,
      );
      if (id === undefined) throw new Error("SQLite returned no content id");
      modelOutputs.forEach((modelOutput, at) => {
        const vector = vectors[at];
        if (!vector) throw new Error("The embedder left out a model output");
        const { buffer, byteOffset, byteLength } = vector;
        upsertEmbedding.run(id, modelOutput, Buffer.from(buffer, byteOffset, byteLength));
      });
      return id;
    },

    /** @param content the content's id, for an image; @param reason why a file is unreadable */
    settleFile(
      file: number,
      state: "image" | "unreadable" | "other",
      content: number | null,
      reason: string | null,
    ): void {
      settle.run(state, content, reason, file);
    },
  };
}

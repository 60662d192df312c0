import Database from "better-sqlite3";
import { EngineError } from "../../contract/errors.ts";

/** Largest signature, thumbnail, or vector that a scan stores, with room to spare. */
const MOST_BLOB_BYTES = 4 * 1024 ** 2;
/** Lists by file id are allocated up to the highest one. No data set has this many files. */
export const HIGHEST_FILE_ID = 100_000_000;

/** Queries that find a row in a damaged project and none in a sound one. */
const DAMAGE = [
  "SELECT 1 FROM settings WHERE NOT json_valid(value)",
  "SELECT 1 FROM pragma_foreign_key_check",
  `SELECT 1 FROM files WHERE typeof(path) <> 'blob' OR id < 1 OR id > ${HIGHEST_FILE_ID} OR bytes < 0 OR present NOT IN (0, 1)`,
  `SELECT 1 FROM contents WHERE length(sha256) <> 32 OR length(input_digest) <> 20 OR width < 1 OR height < 1 OR bytes < 0
     OR length(pixel_digest) <> 20 OR length(signature) > ${MOST_BLOB_BYTES} OR length(thumbnail) > ${MOST_BLOB_BYTES}`,
  `SELECT 1 FROM embeddings WHERE length(vector) % 4 <> 0 OR length(vector) > ${MOST_BLOB_BYTES}`,
  "SELECT 1 FROM embeddings GROUP BY response HAVING min(length(vector)) <> max(length(vector))",
  "SELECT 1 FROM neighbors WHERE length(nearest) % 4 <> 0",
];

/** The error for a project whose content no version of Twinlens writes. */
export function damagedProject(file: string, cause?: unknown): EngineError {
  return new EngineError(
    "PROJECT_INVALID",
    `The project ${file} is damaged or not a project. It was not changed. Move it away and scan again.`,
    { cause },
  );
}

/**
 * Explains an unexpected error: a stored value that no scan writes makes code fail in many places, so the project is checked
 * after the fact. That reads the whole file.
 * @returns PROJECT_INVALID if the project is damaged; otherwise the error itself
 */
export function explainedError(cause: unknown, file: string): unknown {
  let database: Database.Database | undefined;
  try {
    database = new Database(file, { readonly: true, fileMustExist: true });
    database.pragma("trusted_schema = OFF");
    const open = database;
    const isSound =
      open.pragma("quick_check(1)", { simple: true }) === "ok" &&
      DAMAGE.every((query) => open.prepare(`${query} LIMIT 1`).get() === undefined);
    return isSound ? cause : damagedProject(file, cause);
  } catch (failure) {
    const isOfSqlite = failure instanceof Database.SqliteError;
    const isUnavailable = isOfSqlite && /^SQLITE_(CANTOPEN|BUSY|LOCKED|IOERR)/.test(failure.code);
    return isOfSqlite && !isUnavailable ? damagedProject(file, cause) : cause;
  } finally {
    database?.close();
  }
}

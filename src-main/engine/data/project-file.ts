import { existsSync, mkdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import Database from "better-sqlite3";
import { EngineError } from "../../contract/errors.ts";
import { systemErrorReason } from "../files/system-errors.ts";
import { damagedProject } from "./damage.ts";
import { hasCurrentTables, hasOnlyOwnTables } from "./project-schema-check.ts";
import { APPLICATION_ID, SCHEMA, SCHEMA_VERSION, upgradeFrom } from "./schema.ts";

/** How long a second writer waits for the lock: long enough for a killed process to release it. */
const LOCK_WAIT_MS = 2000;
const LOCK_RETRY_MS = 100;
/** How long a statement waits for another process's transaction. */
const BUSY_TIMEOUT_MS = 10_000;
/** Embeddings take kilobytes; pages of this size hold them without overflow pages. */
const PAGE_BYTES = 8192;

/** An open project file. Dispose it, or declare it with `using`. */
export interface Project extends Disposable {
  readonly file: string;
  readonly database: Database.Database;
  /** Folder next to the project for search indexes, thumbnails and the lock. It can be deleted at any time. */
  readonly cacheFolder: string;
}

/**
 * Opens a project for reading.
 * @throws EngineError PROJECT_INVALID, PROJECT_TOO_NEW
 */
export function openProject(file: string): Project {
  const path = resolve(file);
  if (!existsSync(path)) {
    throw new EngineError(
      "PROJECT_INVALID",
      `There is no project at ${path}. Scan folders into it first.`,
    );
  }
  return openDatabase(path, (database) => {
    if (isEmpty(database)) throw notAProject(path);
    if (check(database, path) < SCHEMA_VERSION) {
      throw new EngineError(
        "PROJECT_INVALID",
        `${path} was written by an older version of Twinlens. Scan its folders again; no image is read twice.`,
      );
    }
  });
}

/**
 * Opens a project for writing; creates it if it does not exist. Only one process at a time can do so.
 * @throws EngineError PROJECT_BUSY when another process has it open, PROJECT_INVALID, PROJECT_TOO_NEW, DISK_UNWRITABLE
 */
export async function openProjectToWrite(file: string): Promise<Project> {
  const path = resolve(file);
  const lock = await takeLock(path);
  try {
    const project = openDatabase(path, (database) => {
      if (isEmpty(database)) create(database);
      else {
        upgrade(database, check(database, path));
        if (!hasCurrentTables(database)) throw damagedProject(path);
      }
      database.pragma("journal_mode = WAL");
      database.pragma("synchronous = NORMAL");
      database.pragma("foreign_keys = ON");
    });
    return {
      ...project,
      [Symbol.dispose]() {
        restInOneFile(project);
        project[Symbol.dispose]();
        lock.close();
      },
    };
  } catch (cause) {
    lock.close();
    throw cause;
  }
}

function cacheFolderOf(path: string): string {
  return `${path}.cache`;
}

/**
 * Locks a project with an exclusive transaction on a separate database. The operating system releases it when the process ends,
 * however it ends.
 */
async function takeLock(path: string): Promise<Database.Database> {
  try {
    mkdirSync(dirname(path), { recursive: true });
    mkdirSync(cacheFolderOf(path), { recursive: true });
  } catch (cause) {
    throw new EngineError(
      "DISK_UNWRITABLE",
      `Cannot write next to the project ${path}: ${systemErrorReason(cause)}. Choose another project file.`,
      { cause },
    );
  }
  const lock = new Database(join(cacheFolderOf(path), "lock"), { timeout: 0 });
  const deadline = Date.now() + LOCK_WAIT_MS;
  for (;;) {
    try {
      lock.exec("BEGIN EXCLUSIVE");
      return lock;
    } catch (cause) {
      if (Date.now() > deadline || sqliteCode(cause) !== "SQLITE_BUSY") {
        lock.close();
        if (sqliteCode(cause) !== "SQLITE_BUSY") throw cause;
        throw new EngineError(
          "PROJECT_BUSY",
          `The project ${path} is busy: another process is scanning it or changing its files. Wait until it is done, or use another project file.`,
          { cause },
        );
      }
      await setTimeout(LOCK_RETRY_MS);
    }
  }
}

/** @param prepare the database is closed if this throws */
function openDatabase(path: string, prepare: (database: Database.Database) => void): Project {
  let database: Database.Database | undefined;
  try {
    database = new Database(path, { timeout: BUSY_TIMEOUT_MS });
    // The schema of a stranger's project may call no function with side effects.
    database.pragma("trusted_schema = OFF");
    database.pragma("cell_size_check = ON");
    prepare(database);
  } catch (cause) {
    database?.close();
    throw fromSqliteError(cause, path);
  }
  const opened = database;
  return {
    file: path,
    database: opened,
    cacheFolder: cacheFolderOf(path),
    [Symbol.dispose]: () => opened.close(),
  };
}

/** Whether the file is empty: new, or left by a process that was killed while creating the project. */
function isEmpty(database: Database.Database): boolean {
  return database.pragma("page_count", { simple: true }) === 0;
}

/** Leaves WAL mode: the project becomes a single file again, which can be copied and opened on read-only media. */
export function restInOneFile({ database }: Pick<Project, "database">): void {
  try {
    // Do not wait: the reader may be this thread.
    database.pragma("busy_timeout = 0");
    database.pragma("journal_mode = DELETE");
  } catch {
    // Another connection is reading, or the disk is full. The next writer tries again.
  }
}

/**
 * SQLite's own page cache for a project that a person works on. A decision on 60,000 images looks each of them up all over the
 * file; with the default of 2 MB, every look-up reads from disk.
 */
const LARGE_CACHE_KIB = 64 * 1024;

/** Lets SQLite keep more of the project in memory. */
export function growPageCache({ database }: Project): void {
  database.pragma(`cache_size = -${LARGE_CACHE_KIB}`);
}

/** Changes when another connection changes the file. */
export function dataVersion({ database }: Project): number {
  return Number(database.pragma("data_version", { simple: true }));
}

/** Runs `work` in one transaction: all of its changes are stored, or none. Reads in it see one state of the project. */
export function inTransaction<T>({ database }: Project, work: () => T): T {
  return database.transaction(work)();
}

/** As {@link inTransaction}, but waits for other writers before `work` begins, so that what it reads stays true. */
export function inWriteTransaction<T>({ database }: Project, work: () => T): T {
  return database.transaction(work).immediate();
}

function create(database: Database.Database): void {
  database.pragma(`page_size = ${PAGE_BYTES}`);
  database.transaction(() => {
    database.exec(SCHEMA);
    database.pragma(`application_id = ${APPLICATION_ID}`);
    database.pragma(`user_version = ${SCHEMA_VERSION}`);
  })();
}

function upgrade(database: Database.Database, version: number): void {
  if (version >= SCHEMA_VERSION) return;
  database.transaction(() => {
    database.exec(upgradeFrom(version));
    database.pragma(`user_version = ${SCHEMA_VERSION}`);
  })();
}

/** @returns the project's schema version */
function check(database: Database.Database, path: string): number {
  const applicationId = database.pragma("application_id", { simple: true });
  if (applicationId !== APPLICATION_ID) {
    throw notAProject(path);
  }
  const version = Number(database.pragma("user_version", { simple: true }));
  if (version > SCHEMA_VERSION) {
    throw new EngineError(
      "PROJECT_TOO_NEW",
      `${path} was written by a newer version of Twinlens (format ${version}; this version reads ${SCHEMA_VERSION}). Update Twinlens.`,
    );
  }
  if (!hasOnlyOwnTables(database) || (version === SCHEMA_VERSION && !hasCurrentTables(database))) {
    throw damagedProject(path);
  }
  return version;
}

function notAProject(path: string): EngineError {
  return new EngineError(
    "PROJECT_INVALID",
    `${path} is not a Twinlens project. It was not changed. Choose another file.`,
  );
}

/** Converts SQLite's errors to {@link EngineError}s that say what the person can do; returns any other error as it is. */
export function fromSqliteError(cause: unknown, path: string): unknown {
  const code = sqliteCode(cause);
  if (code === undefined) return cause;
  if (code.startsWith("SQLITE_CORRUPT") || code === "SQLITE_NOTADB") {
    return damagedProject(path, cause);
  }
  if (code === "SQLITE_FULL" || code.startsWith("SQLITE_IOERR")) {
    return new EngineError(
      "DISK_UNWRITABLE",
      `Cannot write the project ${path}: ${reasonOf(cause)}. Everything done before is kept. Free some space and scan again.`,
      { cause },
    );
  }
  if (/^SQLITE_(CANTOPEN|READONLY|PERM|AUTH)/.test(code)) {
    return new EngineError(
      "DISK_UNWRITABLE",
      `Cannot open the project ${path}: ${reasonOf(cause)}. Check that you can read and write it and its folder.`,
      { cause },
    );
  }
  return cause;
}

function sqliteCode(cause: unknown): string | undefined {
  return cause instanceof Database.SqliteError ? cause.code : undefined;
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

import { existsSync, mkdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import Database from "better-sqlite3";
import { EngineError } from "../../contract/errors.ts";
import { APPLICATION_ID, SCHEMA, SCHEMA_VERSION, upgradeFrom } from "./schema.ts";

/** How long a second writer waits: long enough for one that was just killed to let go. */
const LOCK_WAIT_MS = 2000;
const LOCK_RETRY_MS = 100;
/** How long a statement waits for another process' transaction. */
const BUSY_TIMEOUT_MS = 10_000;
/** Embeddings are kilobytes: larger pages hold them without overflow chains. */
const PAGE_BYTES = 8192;

/** An open project file. Close it, or let `using` do so. */
export interface Project extends Disposable {
  readonly file: string;
  readonly database: Database.Database;
  /** Folder beside the project for what can be built again: search indexes and the writer's lock. */
  readonly cacheFolder: string;
}

/**
 * Opens a project to read it.
 * @throws EngineError PROJECT_INVALID, PROJECT_TOO_NEW.
 */
export function openProject(file: string): Project {
  const path = resolve(file);
  if (!existsSync(path)) {
    throw new EngineError(
      "PROJECT_INVALID",
      `There is no project at ${path}; scan folders into it first.`,
    );
  }
  return openDatabase(path, (database) => {
    if (isEmpty(database)) throw notAProject(path);
    if (check(database, path) < SCHEMA_VERSION) {
      throw new EngineError(
        "PROJECT_INVALID",
        `${path} was written by an older Twinlens; scan its folders again, which reads no image twice.`,
      );
    }
  });
}

/**
 * Opens a project to write it, making it when it is not there. One process at a time can hold it.
 * @throws EngineError PROJECT_BUSY when another process does, PROJECT_INVALID, PROJECT_TOO_NEW, DISK_UNWRITABLE.
 */
export async function openProjectToWrite(file: string): Promise<Project> {
  const path = resolve(file);
  const lock = await takeLock(path);
  try {
    const project = openDatabase(path, (database) => {
      if (isEmpty(database)) create(database);
      else upgrade(database, check(database, path));
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
 * An exclusive transaction on a database of its own: the operating system drops it with the process, however it ends, and no
 * process number is ever taken for another's.
 */
async function takeLock(path: string): Promise<Database.Database> {
  try {
    mkdirSync(dirname(path), { recursive: true });
    mkdirSync(cacheFolderOf(path), { recursive: true });
  } catch (cause) {
    throw new EngineError(
      "DISK_UNWRITABLE",
      `Cannot write beside the project ${path}: ${reasonOf(cause)}.`,
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
          `The project ${path} is busy: another process scans it or changes its files; wait until it is done, or use another project file.`,
          { cause },
        );
      }
      await setTimeout(LOCK_RETRY_MS);
    }
  }
}

/** @param prepare closes nothing itself: what it throws closes the database. */
function openDatabase(path: string, prepare: (database: Database.Database) => void): Project {
  let database: Database.Database | undefined;
  try {
    database = new Database(path, { timeout: BUSY_TIMEOUT_MS });
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

/** Whether there is nothing in the file, be it new or from a process that was killed while it made the project. */
function isEmpty(database: Database.Database): boolean {
  return database.pragma("page_count", { simple: true }) === 0;
}

/** Out of WAL a project is one plain file again, that can be copied and read where nothing may be written. */
export function restInOneFile({ database }: Pick<Project, "database">): void {
  try {
    // Who reads it may be this very thread, which then can't let go.
    database.pragma("busy_timeout = 0");
    database.pragma("journal_mode = DELETE");
  } catch {
    // Someone reads it, or the disk is full: the next writer will see to it.
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

/** @returns the version of the project's schema. */
function check(database: Database.Database, path: string): number {
  const applicationId = database.pragma("application_id", { simple: true });
  if (applicationId !== APPLICATION_ID) {
    throw notAProject(path);
  }
  const version = Number(database.pragma("user_version", { simple: true }));
  if (version > SCHEMA_VERSION) {
    throw new EngineError(
      "PROJECT_TOO_NEW",
      `${path} was written by a newer Twinlens (format ${version}, this one knows ${SCHEMA_VERSION}); update Twinlens.`,
    );
  }
  return version;
}

function notAProject(path: string): EngineError {
  return new EngineError(
    "PROJECT_INVALID",
    `${path} is not a Twinlens project; it was left as it is.`,
  );
}

/** Puts SQLite's own codes into words that end in what the person can do; passes on anything else. */
export function fromSqliteError(cause: unknown, path: string): unknown {
  const code = sqliteCode(cause);
  if (code === undefined) return cause;
  if (code.startsWith("SQLITE_CORRUPT") || code === "SQLITE_NOTADB") {
    return new EngineError(
      "PROJECT_INVALID",
      `The project ${path} is damaged or not a project; it was left as it is. Move it away and scan again.`,
      { cause },
    );
  }
  if (code === "SQLITE_FULL" || code.startsWith("SQLITE_IOERR")) {
    return new EngineError(
      "DISK_UNWRITABLE",
      `Cannot write the project ${path}: ${reasonOf(cause)}. What was done before is kept; make room and scan again.`,
      { cause },
    );
  }
  if (/^SQLITE_(CANTOPEN|READONLY|PERM|AUTH)/.test(code)) {
    return new EngineError(
      "DISK_UNWRITABLE",
      `Cannot open the project ${path}: ${reasonOf(cause)}; check that you may read and write it and its folder.`,
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

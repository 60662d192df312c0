import { mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { EngineError } from "../../../contract/errors.ts";
import { FilePlace } from "../../../contract/plan.ts";
import type { Disk } from "./disk.ts";

/** A file that a step moves, as it was before. Paths are absolute path text (see text/paths.ts). */
const JournalFile = z.object({
  from: z.string(),
  /** Where it is moved to; `null` for the trash and for deletion. */
  to: z.string().nullable(),
  bytes: z.number().int(),
  modifiedNs: z.string(),
  sha256: z.string(),
});
export type JournalFile = z.infer<typeof JournalFile>;

/** What a step will do with one image. The first file is the image, the others are its sidecars. */
const Intent = FilePlace.extend({
  way: z.enum(["quarantine", "trash", "hardlink", "delete-forever"]),
  files: z.array(JournalFile).min(1),
  /** The destination folder. An undo removes it if it is empty. */
  folder: z.string().nullable(),
  /** For hard links: the keeper that replaces the image. */
  link: z
    .object({ path: z.string(), device: z.string(), inode: z.string(), sha256: z.string() })
    .nullable(),
  /** Digest of the project's scan at that time. A later scan has already seen the result. */
  scan: z.string(),
});
export type Intent = z.infer<typeof Intent>;

const StepNumber = z.number().int().positive();
const FileIndices = z.array(z.number().int().min(0));

/** The first line of a journal. Earlier versions did not write the folders. */
const Header = z.object({
  schema: z.literal("twinlens.journal/1"),
  project: z.string(),
  began: z.number(),
  /** The latest decision at that time; older journals lack it. */
  decision: z.number().int().optional(),
  /** The destination folder of all steps. */
  folder: z.string().nullable().default(null),
  /** Folders outside the splits whose files may be removed with images. */
  sidecarRoots: z.array(z.string()).default([]),
});
export type JournalFolders = Pick<z.infer<typeof Header>, "folder" | "sidecarRoots">;

/** A line of a journal. */
const Entry = z.union([
  Header,
  z.object({ step: StepNumber, begin: Intent }),
  /** Indices of the files that were moved. */
  z.object({ step: StepNumber, done: FileIndices }),
  z.object({ step: StepNumber, undoing: z.literal(true) }),
  z.object({ step: StepNumber, undone: FileIndices }),
  z.object({ finished: z.enum(["apply", "undo"]) }),
]);
type Entry = z.infer<typeof Entry>;

/** The state of one step. */
export interface JournalStep {
  readonly number: number;
  readonly intent: Intent;
  /** Indices of the files that were removed; `null` if the step was interrupted. */
  readonly done: readonly number[] | null;
  /** Whether an undo of it was started and not finished. */
  readonly undoing: boolean;
  /** Indices of the files that were restored. */
  readonly back: readonly number[];
}

/** Folder of a project's journals. It is next to the project file, where neither a scan nor a cache clean-up deletes it. */
export function journalFolder(project: string): string {
  return `${project}.journal`;
}

/**
 * A write-ahead log of one apply. Each step is flushed to disk before it starts and after it ends. An incomplete last line is ignored: its
 * step was not started.
 */
export class Journal {
  readonly file: string;
  /** When it began, in milliseconds since 1970, and its folders. */
  readonly header: JournalFolders & {
    readonly began: number;
    readonly decision?: number | undefined;
  };
  readonly #disk: Disk;
  readonly #steps: Map<number, JournalStep>;
  #finished: boolean;
  /** Whether an incomplete last line was cut off. */
  #mended = false;

  private constructor(disk: Disk, file: string, entries: readonly Entry[]) {
    this.#disk = disk;
    this.file = file;
    this.#steps = new Map();
    this.#finished = false;
    const [header] = entries;
    this.header =
      header && "began" in header ? header : { began: 0, folder: null, sidecarRoots: [] };
    for (const entry of entries) this.#follow(entry);
  }

  /** Creates a journal. */
  static async begin(
    disk: Disk,
    project: string,
    now: number,
    folders: JournalFolders,
    decision?: number,
  ): Promise<Journal> {
    const names = await journalNames(project);
    const number = Number.parseInt(names.at(-1) ?? "0", 10) + 1;
    const file = join(journalFolder(project), `${String(number).padStart(6, "0")}.jsonl`);
    const entry: Entry = {
      schema: "twinlens.journal/1",
      project,
      began: now,
      ...(decision !== undefined && { decision }),
      ...folders,
    };
    const journal = new Journal(disk, file, [entry]);
    await mkdir(journalFolder(project), { recursive: true });
    journal.#mended = true;
    await journal.#append(entry);
    await disk.flushFolder(Buffer.from(journalFolder(project)));
    return journal;
  }

  /** All journals of a project, oldest first. @throws EngineError PROJECT_INVALID if one is damaged */
  static async all(disk: Disk, project: string): Promise<Journal[]> {
    const names = await journalNames(project);
    const files = names.map((name) => join(journalFolder(project), name));
    return Promise.all(files.map(async (file) => new Journal(disk, file, await entriesOf(file))));
  }

  get steps(): JournalStep[] {
    return [...this.#steps.values()];
  }

  /** Whether its apply or undo was completed. */
  get finished(): boolean {
    return this.#finished && this.steps.every(({ done, undoing }) => done !== null && !undoing);
  }

  /** Steps with files that were not restored, latest first. */
  get outstanding(): JournalStep[] {
    return this.steps
      .filter(({ done, back }) => (done ?? []).some((index) => !back.includes(index)))
      .reverse();
  }

  async intend(intent: Intent): Promise<number> {
    const step = this.#steps.size + 1;
    await this.#append({ step, begin: intent });
    return step;
  }

  settle(step: number, done: readonly number[]): Promise<void> {
    return this.#append({ step, done: [...done] });
  }

  intendBack(step: number): Promise<void> {
    return this.#append({ step, undoing: true });
  }

  settleBack(step: number, undone: readonly number[]): Promise<void> {
    return this.#append({ step, undone: [...undone] });
  }

  finish(what: "apply" | "undo"): Promise<void> {
    return this.#append({ finished: what });
  }

  async #append(entry: Entry): Promise<void> {
    try {
      if (!this.#mended) await this.#mend();
      this.#mended = true;
      await this.#disk.append(this.file, `${JSON.stringify(entry)}\n`);
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      throw new EngineError(
        "DISK_UNWRITABLE",
        `Cannot write the journal ${this.file}: ${code ?? String(cause)}. No files are moved without a journal. Free some space and try again.`,
        { cause },
      );
    }
    this.#follow(entry);
  }

  /** Cuts off an incomplete last line. */
  async #mend(): Promise<void> {
    const bytes = await readFile(this.file);
    const end = bytes.lastIndexOf("\n") + 1;
    if (end < bytes.length) await this.#disk.truncate(this.file, end);
  }

  #follow(entry: Entry): void {
    if ("schema" in entry) return;
    this.#finished = "finished" in entry;
    if ("finished" in entry) return;
    const { step: number } = entry;
    const known = this.#steps.get(number);
    if ("begin" in entry) {
      const { begin: intent } = entry;
      this.#steps.set(number, { number, intent, done: null, undoing: false, back: [] });
    } else if (!known) return;
    else if ("done" in entry) this.#steps.set(number, { ...known, done: entry.done });
    else if ("undoing" in entry) this.#steps.set(number, { ...known, undoing: true });
    else {
      const back = [...new Set([...known.back, ...entry.undone])];
      this.#steps.set(number, { ...known, undoing: false, back });
    }
  }
}

async function journalNames(project: string): Promise<string[]> {
  const entries = await readdir(journalFolder(project), { withFileTypes: true }).catch(
    (cause: unknown) => {
      if ((cause as NodeJS.ErrnoException).code === "ENOENT") return [];
      throw cause;
    },
  );
  // A link could lead to any file, and journals are appended to.
  const files = entries.filter((entry) => entry.isFile() && /^\d{6,}\.jsonl$/.test(entry.name));
  return files.map(({ name }) => name).sort();
}

async function entriesOf(file: string): Promise<Entry[]> {
  const lines = (await readFile(file, "utf8")).split("\n").slice(0, -1);
  try {
    return lines.map((line) => Entry.parse(JSON.parse(line)));
  } catch (cause) {
    throw new EngineError(
      "PROJECT_INVALID",
      `The journal ${file} is damaged. Move the files back manually: its lines say where they are.`,
      { cause },
    );
  }
}

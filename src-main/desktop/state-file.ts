import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { z } from "zod";

/** What the window remembers from one start to the next. Every part may be missing; a part that isn't what it should be is forgotten. */
export const RememberedState = z.object({
  bounds: z
    .object({ x: z.int(), y: z.int(), width: z.int(), height: z.int() })
    .optional()
    .catch(undefined),
  maximized: z.boolean().catch(false),
  /** Folder that a dialog opens at. */
  lastFolder: z.string().optional().catch(undefined),
});
export type RememberedState = z.infer<typeof RememberedState>;

/** A small file of remembered state. It is a convenience: failing to read or write it never stops anyone. */
export class StateFile {
  readonly #file: string;
  #state: RememberedState;

  constructor(file: string) {
    this.#file = file;
    this.#state = read(file);
  }

  get state(): Readonly<RememberedState> {
    return this.#state;
  }

  /** Written at once and whole: the window may be closing. */
  remember(part: Partial<RememberedState>): void {
    this.#state = { ...this.#state, ...part };
    try {
      mkdirSync(dirname(this.#file), { recursive: true });
      const fresh = `${this.#file}.new`;
      writeFileSync(fresh, JSON.stringify(this.#state));
      renameSync(fresh, this.#file);
    } catch (cause) {
      console.warn(`The window's place can't be remembered: ${String(cause)}`);
    }
  }
}

function read(file: string): RememberedState {
  try {
    return RememberedState.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    // The first start, or a file that isn't ours any more.
    return RememberedState.parse({});
  }
}

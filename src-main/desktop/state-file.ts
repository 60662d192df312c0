import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { z } from "zod";

/** What the window remembers between starts. Every field is optional; an invalid one is dropped. */
export const RememberedState = z.object({
  bounds: z
    .object({ x: z.int(), y: z.int(), width: z.int(), height: z.int() })
    .optional()
    .catch(undefined),
  maximized: z.boolean().catch(false),
  /** The folder in which the next dialog opens. */
  lastFolder: z.string().optional().catch(undefined),
});
export type RememberedState = z.infer<typeof RememberedState>;

/** A small file of remembered state. Failing to read or write it is never fatal. */
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

  /** Synchronous and atomic, because the window may be closing. */
  remember(part: Partial<RememberedState>): void {
    this.#state = { ...this.#state, ...part };
    try {
      mkdirSync(dirname(this.#file), { recursive: true });
      const fresh = `${this.#file}.new`;
      writeFileSync(fresh, JSON.stringify(this.#state));
      renameSync(fresh, this.#file);
    } catch (cause) {
      console.warn(`Cannot save the window's position: ${String(cause)}`);
    }
  }
}

function read(file: string): RememberedState {
  try {
    return RememberedState.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    // The first start, or a damaged file.
    return RememberedState.parse({});
  }
}

import type { Cut } from "../contract/cut.ts";
import type { RemovalItem, RemovalResult } from "../contract/decisions.ts";
import type { ImageId } from "../contract/ids.ts";
import type { EngineClient } from "../engine-host/engine-child.ts";

export interface Removal {
  readonly client: EngineClient;
  /** Moves one file to the trash or says why not; see HostServices. */
  readonly trash: (file: string) => Promise<void>;
  readonly cut: Cut;
  /** Clusters, by anchor, that may lose all their images. */
  readonly mayEmpty: readonly ImageId[];
  readonly signal?: AbortSignal | undefined;
}

/** How many files went and how many stayed. */
export interface RemovalCounts {
  removed: number;
  kept: number;
}

const HELD_BACK =
  "Nothing of its cluster would be left. Keep one of its images, or allow that all of them go.";

/**
 * Moves what is marked for removal to the trash, file by file: each is checked, moved, and then recorded. What fails stays where it
 * is, with the reason. Whoever stops listening stops it before the next file.
 */
export async function* removeMarked(
  removal: Removal,
): AsyncGenerator<RemovalResult, RemovalCounts> {
  const { client, cut, signal } = removal;
  const options = signal === undefined ? {} : { signal };
  const preview = await client.removal.preview(cut, options);
  const allowed = new Set(removal.mayEmpty);
  const heldBack = new Set(
    preview.emptied.map(({ anchor }) => anchor).filter((anchor) => !allowed.has(anchor)),
  );
  const counts: RemovalCounts = { removed: 0, kept: 0 };
  for (const item of preview.items) {
    signal?.throwIfAborted();
    const { anchor } = item;
    const outcome =
      anchor !== null && heldBack.has(anchor)
        ? { removed: false, reason: HELD_BACK }
        : await removeOne(removal, item, anchor !== null && allowed.has(anchor));
    counts[outcome.removed ? "removed" : "kept"]++;
    yield { image: item.image, split: item.split, path: item.path, ...outcome };
  }
  return counts;
}

async function removeOne(
  { client, trash, cut }: Removal,
  { image }: RemovalItem,
  mayLeaveNothing: boolean,
): Promise<Pick<RemovalResult, "removed" | "reason">> {
  try {
    // None of the three is given the signal: a file that has moved must be recorded, whoever still listens.
    const { path, reason } = await client.removal.check({ ...cut, image, mayLeaveNothing });
    if (reason !== null) return { removed: false, reason };
    await trash(path);
  } catch (cause) {
    return { removed: false, reason: words(cause) };
  }
  try {
    await client.removal.record({ project: cut.project, image, removed: true });
    return { removed: true, reason: null };
  } catch (cause) {
    return {
      removed: true,
      reason: `It is in the trash, but the project could not note that: ${words(cause)}`,
    };
  }
}

function words(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

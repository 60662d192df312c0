import type { Cut } from "../contract/cut.ts";
import type { RemovalResult } from "../contract/decisions.ts";
import { ImageId } from "../contract/ids.ts";
import type { EngineClient } from "../engine-host/hosted-engine.ts";
import { carryOutPlan } from "./carry-out-plan.ts";

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

/** Moves what is marked for removal, and nothing else, to the trash: the plan without the rules, carried out like any other. */
export async function* removeMarked({
  client,
  trash,
  cut,
  mayEmpty,
  signal,
}: Removal): AsyncGenerator<RemovalResult, RemovalCounts> {
  const request = { ...cut, kinds: [], mayEmpty: [...mayEmpty], to: { way: "trash" as const } };
  const results = carryOutPlan(client, request, trash, signal);
  for (;;) {
    const { done, value } = await results.next();
    if (done) return { removed: value.done, kept: value.left };
    const { image, split, path, reason } = value;
    yield { image: ImageId.parse(image), split, path, removed: value.done, reason };
  }
}

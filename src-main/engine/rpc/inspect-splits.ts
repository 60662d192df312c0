import { os } from "./implementer.ts";
import { inspectSplits } from "./scan-jobs/inspect-splits.ts";

export function inspectSplitsProcedure() {
  return os.inspectSplits.handler(({ input, signal }) =>
    inspectSplits(input.splits, signal ?? new AbortController().signal),
  );
}

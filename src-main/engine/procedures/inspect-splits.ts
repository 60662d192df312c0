import { inspectSplits } from "../scans/inspect-splits.ts";
import { os } from "./implementer.ts";

export function inspectSplitsProcedure() {
  return os.inspectSplits.handler(({ input, signal }) =>
    inspectSplits(input.splits, signal ?? new AbortController().signal),
  );
}

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

let collect: (() => void) | undefined;

/**
 * Gives back what the stage before left behind, so that it does not add to what the next one needs: V8 lets garbage, and buffers
 * outside of its heap that hang on it, double the heap before it looks. Takes some tens of milliseconds.
 */
export function collectGarbage(): void {
  if (!collect) {
    // Not everywhere can the process be started with this flag; a context made after it was set has the function.
    setFlagsFromString("--expose-gc");
    collect = runInNewContext("gc") as () => void;
    setFlagsFromString("--no-expose-gc");
  }
  collect();
}

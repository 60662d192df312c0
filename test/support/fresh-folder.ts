import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";

const everything = realpathSync(mkdtempSync(join(tmpdir(), "twinlens-test-")));
afterAll(() => rmSync(everything, { recursive: true, force: true }));

/** A new empty folder that goes when the test file that asked for it has ended. */
export function freshFolder(): string {
  return mkdtempSync(join(everything, "folder-"));
}

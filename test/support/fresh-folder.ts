import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";

const everything = realpathSync(mkdtempSync(join(tmpdir(), "twinlens-test-")));
afterAll(() => rmSync(everything, { recursive: true, force: true }));

/** Creates an empty folder that is deleted after the test file that uses it. */
export function freshFolder(): string {
  return mkdtempSync(join(everything, "folder-"));
}

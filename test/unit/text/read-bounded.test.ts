import { closeSync, ftruncateSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readBounded } from "../../../src-main/text/read-bounded.ts";
import { freshFolder } from "../../support/fresh-folder.ts";

const MIB = 1024 ** 2;

test("a file up to the limit is read", async () => {
  const file = join(freshFolder(), "full");
  const bytes = Buffer.alloc(MIB, "twinlens");
  writeFileSync(file, bytes);
  expect((await readBounded(file, MIB)).equals(bytes)).toBe(true);
  await expect(readBounded(file, MIB - 1)).rejects.toThrow(RangeError);
});

test("a larger file is refused by its size", async () => {
  const file = join(freshFolder(), "sparse");
  const descriptor = openSync(file, "w");
  ftruncateSync(descriptor, 2 ** 42);
  closeSync(descriptor);
  await expect(readBounded(file, MIB)).rejects.toThrow("it is larger than 1 MiB");
});

test.runIf(process.platform !== "win32")("a device that never ends is refused", async () => {
  await expect(readBounded("/dev/zero", MIB)).rejects.toThrow("it is larger than 1 MiB");
});

test("a missing file is the system's error", async () => {
  await expect(readBounded(join(freshFolder(), "none"), MIB)).rejects.toMatchObject({
    code: "ENOENT",
  });
});

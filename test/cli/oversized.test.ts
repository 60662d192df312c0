import { truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { freshFolder } from "../support/fresh-folder.ts";
import { run } from "../support/run-in-process.ts";

const MIB = 1024 ** 2;

/** A file of this size that takes no space. */
function sparse(bytes: number): string {
  const file = join(freshFolder(), "large.json");
  writeFileSync(file, "");
  truncateSync(file, bytes);
  return file;
}

test.each(["plan", "apply"])("%s refuses rules of more than a megabyte", async (command) => {
  const file = sparse(MIB + 1);
  const yes = command === "apply" ? ["--yes"] : [];
  expect(
    await run([command, "p.twinlens", ...yes, "--rules", file], { withoutEngine: true }),
  ).toEqual({
    code: 2,
    stdout: "",
    stderr: `twinlens: Cannot read the keeper rules ${file}: it is larger than 1 MiB. Choose a JSON file of keeper rules.\n`,
  });
});

test("rules with more values than any rules have are refused", async () => {
  const file = join(freshFolder(), "rules.json");
  writeFileSync(file, `[${"0,".repeat(200_000)}0]`);
  const { code, stderr } = await run(["plan", "p.twinlens", "--rules", file], {
    withoutEngine: true,
  });
  expect({ code, stderr }).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("more than 100,000 values"),
  });
});

test("an oversized decisions file is refused by its size", async () => {
  const file = sparse(256 * MIB + 1);
  expect(await run(["decisions", "import", "p.twinlens", file], { withoutEngine: true })).toEqual({
    code: 2,
    stdout: "",
    stderr: `twinlens: Cannot import ${file}: it is larger than 256 MiB. Choose a file that Twinlens exported.\n`,
  });
});

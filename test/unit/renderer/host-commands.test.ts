import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { HOST_COMMANDS } from "../../../src-main/contract/host.ts";

const PAGE = join(import.meta.dirname, "../../../src-renderer");

test("the page has a command for every one that the window's menu asks for", () => {
  const sources = readdirSync(PAGE, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(ts|svelte)$/.test(name))
    .map((name) => readFileSync(join(PAGE, name), "utf8"));
  const ids = new Set(
    sources.flatMap((source) => [...source.matchAll(/\bid: "([\w-]+)"/g)].map(([, id]) => id)),
  );
  expect(HOST_COMMANDS.filter((command) => !ids.has(command))).toEqual([]);
});

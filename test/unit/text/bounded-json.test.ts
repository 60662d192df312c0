import fc from "fast-check";
import { expect, test } from "vitest";
import { parseBoundedJson } from "../../../src-main/text/bounded-json.ts";

test("parses what JSON.parse parses", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
      const text = JSON.stringify(value);
      expect(parseBoundedJson(text)).toEqual(JSON.parse(text));
    }),
  );
});

test("counts no brackets and commas in strings", () => {
  const text = JSON.stringify([`\\"${"[".repeat(200)}`, `${"{,".repeat(200)}\\`]);
  expect(parseBoundedJson(text, 5)).toEqual(JSON.parse(text));
});

test.each([
  ["lists", "[".repeat(50_000_000)],
  ["objects", '{"a":'.repeat(1_000_000)],
])("refuses deeply nested %s before parsing", (_what, text) => {
  expect(() => parseBoundedJson(text)).toThrow("it is nested deeper than 100 levels");
});

test("refuses too many values before parsing", () => {
  expect(() => parseBoundedJson("[0,0,0]", 2)).toThrow("it has more than 2 values");
});

test("says of other text that it is not JSON", () => {
  for (const text of ["", "{", '"', "[1,]", "\0", "]"]) {
    expect(() => parseBoundedJson(text)).toThrow("it is not JSON");
  }
});

test("makes no prototype of a key", () => {
  const value = parseBoundedJson('{"__proto__": {"polluted": true}}');
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  expect(Object.keys(value as object)).toEqual(["__proto__"]);
});

import { describe, expect, it } from "vitest";
import { classLeaks, setSplitsApart } from "../../src-renderer/screens/overview/figures.ts";

describe("the overview's figures", () => {
  it("set the names of splits apart, but not where they are part of a word", () => {
    const pieces = setSplitsApart("3 % of test, tested twice, has a duplicate in test-2.", [
      "test",
      "test-2",
    ]);
    expect(pieces.filter(({ split }) => split).map(({ text }) => text)).toEqual(["test", "test-2"]);
    expect(pieces.map(({ text }) => text).join("")).toContain("tested twice");
  });

  it("take any character in a split's name as it is", () => {
    const pieces = setSplitsApart("1 of a.b (old) in 数据", ["a.b (old)", "数据"]);
    expect(pieces.filter(({ split }) => split).map(({ text }) => text)).toEqual([
      "a.b (old)",
      "数据",
    ]);
  });

  it("list the classes that leak by share, and leave the others out", () => {
    const byLabel = {
      cat: { images: 1, of: 10 },
      dog: { images: 0, of: 10 },
      oak: { images: 2, of: 4 },
    };
    const rows = classLeaks([
      { from: "test", into: "train", images: 3, of: 24, percent: 12.5, byLabel },
    ]);
    expect(rows.map(({ label }) => label)).toEqual(["oak", "cat"]);
  });
});

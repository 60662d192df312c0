import { expect, test } from "vitest";
import { classLeaks } from "../../../src-renderer/screens/overview/figures.ts";

test("leaking classes are listed by share, and others are left out", () => {
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

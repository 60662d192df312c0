import { expect, test } from "vitest";
import { sharesOf } from "../../../src-main/engine/rpc/scan-jobs/first-finds.ts";

const shares = (counts: Record<string, number>, most: number) =>
  Object.fromEntries(sharesOf(new Map(Object.entries(counts)), most));

test("a large split leaves the others their share of the first finds", () => {
  expect(shares({ train: 50_000, test: 10_000 }, 20_000)).toEqual({ train: 10_000, test: 10_000 });
  expect(shares({ train: 50_000, test: 500 }, 20_000)).toEqual({ train: 19_500, test: 500 });
  expect(shares({ train: 9, val: 1, test: 5 }, 10)).toEqual({ train: 5, val: 1, test: 4 });
});

test("everything is compared if it fits", () => {
  expect(shares({ train: 30, test: 10 }, 100)).toEqual({ train: 30, test: 10 });
  expect(shares({ train: 0, test: 0 }, 100)).toEqual({ train: 0, test: 0 });
});

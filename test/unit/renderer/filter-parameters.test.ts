import { expect, test } from "vitest";
import { ClusterFilter } from "../../../src-main/contract/cut.ts";
import {
  filterFromParameters,
  filterToParameters,
} from "../../../src-renderer/state/filter-parameters.ts";

test("a filter survives the address, whatever characters its names contain", () => {
  const filter = ClusterFilter.parse({
    splitPair: ["train", 'a,"b"&c=d'],
    kinds: ["resized", "flipped"],
    labels: ["数据", "x,y"],
    labelConflict: true,
    decided: "open",
    minSize: 3,
    text: "a b#c",
  });
  const query = new URLSearchParams(filterToParameters(filter)).toString();
  expect(filterFromParameters(Object.fromEntries(new URLSearchParams(query)))).toEqual(filter);
});

test("invalid parameters of a filter are ignored", () => {
  expect(
    filterFromParameters({ kinds: "nonsense", splits: "[1", min: "x", decided: "?", text: "ok" }),
  ).toEqual(ClusterFilter.parse({ text: "ok" }));
});

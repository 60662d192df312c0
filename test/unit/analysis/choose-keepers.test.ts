import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ImageId } from "../../../src-main/contract/ids.ts";
import { DEFAULT_RULES, KeeperRules } from "../../../src-main/contract/keeper.ts";
import { chooseKeepers } from "../../../src-main/engine/analysis/keeper/choose-keepers.ts";
import type { Candidate } from "../../../src-main/engine/analysis/keeper/criteria.ts";

const SPLITS = [
  { name: "train", protected: false },
  { name: "test", protected: false },
  { name: "val", protected: false },
];

function image(id: number, more: Partial<Candidate> = {}): Candidate {
  const place = { id: ImageId.parse(id), split: "train", path: `cat/${id}.jpg` };
  return { ...place, width: 640, height: 480, bytes: 1000, format: "jpeg", ...more };
}

const choose = (
  members: Candidate[],
  rules: KeeperRules = {},
  marked: number[] = [],
  splits = SPLITS,
) => chooseKeepers(members, splits, KeeperRules.parse(rules), new Set(marked));

describe("by default", () => {
  test("a leak is fixed by removing the training copies", () => {
    const choice = choose([image(1), image(2, { split: "test" }), image(3, { width: 9000 })]);
    expect(choice).toMatchObject({ keep: [2], keeper: 2, isLeak: true });
    expect(choice.remove).toEqual([1, 3]);
    expect(choice.reason).toBe("leak: the train copies go");
  });

  test("copies within test, or between test and val, are kept", () => {
    const members = [image(1, { split: "test" }), image(2, { split: "val" })];
    expect(choose(members)).toMatchObject({
      remove: [],
      reason: "all kept: only copies in train would go",
    });
  });

  test.each<[string, Partial<Candidate>, string]>([
    ["more pixels", { width: 641 }, "kept: most pixels (641x480)"],
    ["a lossless format", { format: "png" }, "kept: better format (png)"],
    ["more bytes", { bytes: 1001 }, "kept: most bytes (1001)"],
    ["a shorter path", { path: "1.jpg" }, "kept: the shortest path"],
    ["nothing", {}, "kept: the first of equals"],
  ])("within train, %s decides", (_, better, reason) => {
    expect(choose([image(5), image(4, better), image(6)])).toMatchObject({
      keeper: 4,
      remove: [5, 6],
      reason,
    });
  });

  test("the first of two criteria decides", () => {
    expect(choose([image(1, { bytes: 9999 }), image(2, { width: 641 })]).keeper).toBe(2);
  });
});

describe("rules can choose", () => {
  const leak = [image(1), image(2, { split: "test" })];

  test("the other side of a leak", () => {
    expect(choose(leak, { from: "others" })).toMatchObject({ keep: [1], remove: [2] });
  });

  test("both sides, keeping the best copy or none", () => {
    expect(choose(leak, { from: "all" })).toMatchObject({ keep: [2], remove: [1] });
    expect(choose(leak, { from: "all", dropLeaks: true })).toMatchObject({
      keep: [],
      keeper: null,
      reason: "leak: all copies in test and train go",
    });
    expect(choose([image(1), image(3)], { from: "all", dropLeaks: true }).keep).toEqual([1]);
  });

  test.each<[string, KeeperRules["order"], Partial<Candidate>]>([
    ["a split order", [{ split: ["val", "test"] }], { split: "val" }],
    ["a folder", [{ folder: ["raw/", "clean"] }], { path: "clean/1.jpg" }],
    ["a format", [{ format: ["webp", "png"] }], { format: "webp" }],
    ["EXIF", ["exif"], { exif: 4 }],
    ["the oldest", ["oldest"], { modified: 5 }],
    ["the newest", ["newest"], { modified: 7 }],
  ])("%s", (_, order, better) => {
    const other = { modified: 6, exif: 3 };
    const members = [image(1, other), image(2, { ...other, ...better }), image(3, other)];
    expect(choose(members, { from: "all", order: order ?? [] }).keeper).toBe(2);
  });

  test("a folder only by its whole name", () => {
    const members = [image(1, { path: "cleaned/a.jpg" }), image(2, { path: "clean/b.jpg" })];
    expect(choose(members, { order: [{ folder: ["clean"] }] }).keeper).toBe(2);
  });
});

test("a mark overrides the rules, and the other images are copies of the kept one", () => {
  const members = [image(1), image(2, { width: 9000 })];
  expect(choose(members, {}, [1])).toMatchObject({
    keep: [1],
    remove: [2],
    reason: "kept: marked keep",
  });
  expect(choose(members, {}, [1, 2])).toMatchObject({
    remove: [],
    reason: "all kept: marked keep",
  });
});

test("nothing is removed from a protected split", () => {
  const splits = [{ name: "train", protected: true }, ...SPLITS.slice(1)];
  expect(choose([image(1), image(2)], {}, [], splits)).toMatchObject({
    remove: [],
    reason: "all kept: train is protected",
  });
});

describe("for any rules", () => {
  const criterion = fc.constantFrom<NonNullable<KeeperRules["order"]>[number]>(
    ...DEFAULT_RULES.order,
    "exif",
    "newest",
    "oldest",
    { split: ["val", "train"] },
    { folder: ["a", "b"] },
    { format: ["png"] },
  );
  const rules = fc.record({
    from: fc.constantFrom("training", "others", "all"),
    dropLeaks: fc.boolean(),
    order: fc.uniqueArray(criterion, { selector: (one) => JSON.stringify(one) }),
  });
  const members = fc
    .array(
      fc.record({
        split: fc.constantFrom("train", "test", "val"),
        width: fc.integer({ min: 1, max: 3 }),
        bytes: fc.integer({ min: 1, max: 3 }),
        format: fc.constantFrom("png", "jpeg", "gif"),
        folder: fc.constantFrom("a", "b", "c"),
        modified: fc.integer({ min: 1, max: 3 }),
        exif: fc.integer({ min: 0, max: 2 }),
      }),
      { minLength: 1, maxLength: 8 },
    )
    .map((drawn) =>
      drawn.map(({ folder, ...one }, at) => image(at + 1, { ...one, path: `${folder}/${at}.jpg` })),
    );
  const splits = fc
    .tuple(fc.boolean(), fc.boolean(), fc.boolean())
    .map((closed) => SPLITS.map(({ name }, at) => ({ name, protected: closed[at] ?? false })));
  const marks = fc.uniqueArray(fc.integer({ min: 1, max: 8 }));

  test("the choice does not depend on the order, keeps what must be kept, and never removes the last copy unasked", () => {
    fc.assert(
      fc.property(members, splits, rules, marks, fc.nat(), (images, known, wanted, kept, seed) => {
        const asked = KeeperRules.parse(wanted);
        const choice = chooseKeepers(images, known, asked, new Set(kept));
        const turned = images
          .toSpliced(0, seed % images.length)
          .concat(images.slice(0, seed % images.length));
        const again = chooseKeepers(turned.reverse(), known, asked, new Set(kept));
        expect(new Set(again.remove)).toEqual(new Set(choice.remove));
        expect([again.keeper, again.reason]).toEqual([choice.keeper, choice.reason]);

        expect([...choice.keep, ...choice.remove].sort()).toEqual(
          images.map(({ id }) => id).sort(),
        );
        const closed = new Set(known.filter((split) => split.protected).map(({ name }) => name));
        for (const { id, split } of images) {
          if (closed.has(split) || kept.includes(id)) expect(choice.keep).toContain(id);
        }
        if (!wanted.dropLeaks) expect(choice.keep).not.toEqual([]);
        if (choice.keep.length > 0) expect(choice.keep).toContain(choice.keeper);
      }),
    );
  });
});

test("invalid rules are reported by field", () => {
  const issue = KeeperRules.safeParse({ order: ["resolution", "largest"] }).error?.issues[0];
  expect(issue?.path).toEqual(["order", 1]);
  expect(issue?.message).toMatch(/^Expected one of protected, /);
  expect(KeeperRules.safeParse({ prefer: 1 }).error?.issues[0]?.message).toMatch(/prefer/);
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { EVIDENCE_KINDS, type EvidenceKind } from "../../../src-main/contract/evidence-kind.ts";
import { ImageId } from "../../../src-main/contract/ids.ts";
import { DEFAULT_RULES, KeeperRules } from "../../../src-main/contract/keeper.ts";
import {
  chooseRemovals,
  type GraphFile,
  type RemovalGraph,
} from "../../../src-main/engine/analysis/keeper/choose-removals.ts";

const SPLITS = [
  { name: "train", protected: false },
  { name: "test", protected: false },
  { name: "val", protected: false },
];

type Drawn = Partial<Omit<GraphFile, "id" | "block">>;
type Edge = readonly [a: number, b: number, kind?: EvidenceKind | undefined];

/** A file per block, unless `blocks` says otherwise. */
function graphOf(files: readonly Drawn[], edges: readonly Edge[], blocks?: number[]): RemovalGraph {
  const links = Array.from(files, () => new Map<number, EvidenceKind>());
  for (const [a, b, kind = "resized"] of edges) {
    links[a]?.set(b, kind);
    links[b]?.set(a, kind);
  }
  return {
    links,
    files: files.map((more, at) => ({
      id: ImageId.parse(at + 1),
      split: "train",
      path: `cat/${at}.jpg`,
      width: 640,
      height: 480,
      bytes: 1000,
      format: "jpeg",
      mark: null,
      label: null,
      labelChosen: false,
      block: blocks?.[at] ?? at,
      ...more,
    })),
  };
}

/** All files match each other. */
function allPairs(files: readonly Drawn[], kind?: EvidenceKind): RemovalGraph {
  const edges = files.flatMap((_, a) =>
    files.slice(a + 1).map((__, b): Edge => [a, a + b + 1, kind]),
  );
  return graphOf(files, edges);
}

const choose = (graph: RemovalGraph, rules: KeeperRules = {}, splits = SPLITS) =>
  chooseRemovals(graph, splits, KeeperRules.parse(rules));
const gone = (graph: RemovalGraph, rules?: KeeperRules, splits?: typeof SPLITS) =>
  choose(graph, rules, splits).removals.map(({ file }) => file);

describe("by default", () => {
  test("a leak is fixed by removing the training copies", () => {
    const choice = choose(allPairs([{}, { split: "test" }, { width: 9000 }]));
    expect(choice.removals).toMatchObject([
      { file: 0, pair: { partner: 1 }, reason: "leak: resized copy of test/cat/1.jpg" },
      { file: 2, pair: { partner: 1 } },
    ]);
    expect(choice).toMatchObject({
      keepers: [1],
      reason: "fixes the leak: the copies in train are removed",
    });
  });

  test("copies within test, or between test and val, stay", () => {
    const choice = choose(allPairs([{ split: "test" }, { split: "val" }]));
    expect(choice).toMatchObject({
      removals: [],
      keepers: [0, 1],
      reason: "all kept: only copies in train may be removed",
    });
  });

  test.each<[string, Drawn, string]>([
    ["more pixels", { width: 641 }, "most pixels (641x480)"],
    ["a lossless format", { format: "png" }, "better format (png)"],
    ["more bytes", { bytes: 1001 }, "most bytes (1001)"],
    ["a shorter path", { path: "1.jpg" }, "the shortest path"],
    ["nothing", { path: "cat/.jpg" }, "the shortest path"],
  ])("within train, %s decides", (_, better, words) => {
    const choice = choose(allPairs([{}, better, {}], "same-pixels"));
    expect(choice.removals).toMatchObject([
      { file: 0, pair: { partner: 1, kind: "same-pixels" } },
      { file: 2, pair: { partner: 1 } },
    ]);
    expect(choice.reason).toBe(`kept: ${words}`);
    expect(choice.removals[0]?.reason).toMatch(/^same-pixels copy of train\/.*; kept: /);
  });

  test("of equals the first by path stays", () => {
    expect(choose(allPairs([{}, {}])).reason).toBe("kept: the first of equals");
    expect(gone(allPairs([{}, {}]))).toEqual([1]);
  });
});

describe("along a chain", () => {
  const chain = (files: readonly Drawn[]) =>
    graphOf(
      files,
      files.slice(1).map((_, at): Edge => [at, at + 1]),
    );

  test("every removed file has a direct partner that stays, and the others are kept", () => {
    const choice = choose(chain(Array.from({ length: 7 }, () => ({}))));
    expect(choice.removals.map(({ file, pair }) => [file, pair?.partner])).toEqual([
      [1, 0],
      [3, 2],
      [5, 4],
    ]);
    expect(choice.reason).toBe("kept: 3 images, one for each removed image to match");
  });

  test("a file that matches only a removed file stays", () => {
    const choice = choose(chain([{ split: "test" }, {}, {}]));
    expect(choice.removals.map(({ file }) => file)).toEqual([1]);
    expect(choice.keepers).toEqual([0, 2]);
  });
});

test("files of one block match what any of them matches", () => {
  const files = [{ split: "test" }, {}, {}];
  const edges: Edge[] = [
    [0, 1, "resized"],
    [1, 1, "same-bytes"],
  ];
  expect(choose(graphOf(files, edges, [0, 1, 1])).removals).toMatchObject([
    { file: 1, pair: { partner: 0, kind: "resized" } },
    { file: 2, pair: { partner: 0, kind: "resized" } },
  ]);
});

describe("rules can ask for", () => {
  const leak = [{}, { split: "test" }];

  test("the other side of a leak", () => {
    expect(gone(allPairs(leak), { from: "others" })).toEqual([1]);
  });

  test("both sides, of which the best stays, or none", () => {
    expect(gone(allPairs(leak), { from: "all" })).toEqual([0]);
    const none = choose(allPairs(leak), { from: "all", dropLeaks: true });
    expect(none.removals).toMatchObject([{ pair: null }, { pair: null }]);
    expect(none).toMatchObject({
      keepers: [],
      reason: "fixes the leak: all copies in test and train are removed",
    });
    expect(gone(allPairs([{}, {}]), { from: "all", dropLeaks: true })).toEqual([1]);
  });

  test.each<[string, KeeperRules["order"], Drawn]>([
    ["a split order", [{ split: ["val", "test"] }], { split: "val" }],
    ["a folder", [{ folder: ["raw/", "clean"] }], { path: "clean/1.jpg" }],
    ["a format", [{ format: ["webp", "png"] }], { format: "webp" }],
    ["EXIF", ["exif"], { exif: 4 }],
    ["the oldest", ["oldest"], { modified: 5 }],
    ["the newest", ["newest"], { modified: 7 }],
  ])("%s", (_, order, better) => {
    const other = { modified: 6, exif: 3 };
    const graph = allPairs([other, { ...other, ...better }, other]);
    expect(gone(graph, { from: "all", order: order ?? [] })).toEqual([0, 2]);
  });

  test("a folder only by its whole name", () => {
    const graph = allPairs([{ path: "cleaned/a.jpg" }, { path: "clean/b.jpg" }]);
    expect(gone(graph, { order: [{ folder: ["clean"] }] })).toEqual([0]);
  });
});

test("marks win over rules, and a file marked remove is no reason to remove another", () => {
  const kept = choose(allPairs([{ mark: "keep" }, { width: 9000 }]));
  expect(kept).toMatchObject({ removals: [{ file: 1 }], reason: "kept: marked keep" });
  expect(choose(allPairs([{ mark: "keep" }, { mark: "keep" }]))).toMatchObject({
    removals: [],
    reason: "all kept: marked keep",
  });
  expect(gone(allPairs([{ mark: "remove", width: 9000 }, {}]))).toEqual([]);
});

test("nothing of a protected split goes", () => {
  const splits = [{ name: "train", protected: true }, ...SPLITS.slice(1)];
  expect(choose(allPairs([{}, {}]), {}, splits)).toMatchObject({
    removals: [],
    reason: "all kept: train is protected",
  });
});

describe("a label conflict", () => {
  const cat = { label: "cat" };
  const dog = { label: "dog" };

  test("is held back with the pair, and neither file goes", () => {
    expect(choose(allPairs([cat, dog]))).toMatchObject({
      removals: [],
      heldBack: [{ file: 1, partner: 0, kind: "resized" }],
      reason: "all kept: their labels differ; choose the right label first",
    });
    expect(choose(allPairs([cat, { ...dog, split: "test" }]))).toMatchObject({
      removals: [],
      heldBack: [{ file: 0, partner: 1 }],
    });
  });

  test("never loses both ends to a third file", () => {
    expect(gone(allPairs([{ split: "test" }, cat, dog]))).toEqual([]);
  });

  test("that is settled holds nothing back", () => {
    const settled = [cat, { label: "cat", labelChosen: true }];
    expect(gone(allPairs(settled))).toEqual([1]);
    const both = [
      { ...cat, labelChosen: true },
      { ...dog, labelChosen: true },
    ];
    expect(gone(allPairs(both))).toEqual([1]);
  });

  test("of files that are no direct copies holds nothing back", () => {
    const chain = [{ ...cat, width: 9000 }, { width: 1 }, dog];
    expect(
      gone(
        graphOf(chain, [
          [0, 1],
          [1, 2],
        ]),
      ),
    ).toEqual([1]);
  });
});

describe("whatever the pairs, marks and rules", () => {
  const criterion = fc.constantFrom<NonNullable<KeeperRules["order"]>[number]>(
    ...DEFAULT_RULES.order,
    "exif",
    "newest",
    "oldest",
    { split: ["val", "train"] },
    { folder: ["a", "b"] },
    { format: ["png"] },
  );
  const anyRules = fc.record({
    from: fc.constantFrom("training", "others", "all"),
    dropLeaks: fc.boolean(),
    order: fc.uniqueArray(criterion, { selector: (one) => JSON.stringify(one) }),
  });
  const anyFile = fc
    .record({
      split: fc.constantFrom("train", "test", "val"),
      width: fc.integer({ min: 1, max: 3 }),
      bytes: fc.integer({ min: 1, max: 3 }),
      format: fc.constantFrom("png", "jpeg", "gif"),
      folder: fc.constantFrom("a", "b", "c"),
      modified: fc.integer({ min: 1, max: 3 }),
      exif: fc.integer({ min: 0, max: 2 }),
      mark: fc.constantFrom(null, null, null, "keep", "remove"),
      label: fc.constantFrom(null, "cat", "cat", "dog"),
      labelChosen: fc.boolean(),
      block: fc.nat({ max: 9 }),
    })
    .map(({ label, labelChosen, ...rest }) => ({
      ...rest,
      label,
      labelChosen: label !== null && labelChosen,
    }));
  const anyEdge = fc.tuple(
    fc.nat({ max: 9 }),
    fc.nat({ max: 9 }),
    fc.constantFrom(...EVIDENCE_KINDS.slice(0, 3)),
  );
  const anyGraph = fc
    .tuple(
      fc.array(anyFile, { minLength: 10, maxLength: 14 }),
      fc.array(anyEdge, { maxLength: 20 }),
    )
    .map(([drawn, edges]) =>
      graphOf(
        drawn.map(({ folder, block: _, ...one }, at) => ({ ...one, path: `${folder}/${at}.jpg` })),
        edges,
        drawn.map(({ block }) => block),
      ),
    );
  const anySplits = fc
    .tuple(fc.boolean(), fc.boolean(), fc.boolean())
    .map((closed) => SPLITS.map(({ name }, at) => ({ name, protected: closed[at] ?? false })));
  const kindOf = ({ files, links }: RemovalGraph, a: number, b: number) =>
    a === b ? undefined : links[files[a]?.block ?? -1]?.get(files[b]?.block ?? -1);

  test("a removed file has a direct partner that stays, unless both sides of a leak are dropped", () => {
    fc.assert(
      fc.property(anyGraph, anySplits, anyRules, (graph, splits, wanted) => {
        const rules = KeeperRules.parse(wanted);
        const { removals, heldBack, keepers } = chooseRemovals(graph, splits, rules);
        const going = new Set(removals.map(({ file }) => file));
        for (const { file, pair } of removals) {
          const { split, mark } = graph.files[file] as GraphFile;
          expect(mark).toBeNull();
          expect(splits.find(({ name }) => name === split)?.protected).toBe(false);
          if (!pair) {
            expect(rules.dropLeaks).toBe(true);
            continue;
          }
          expect(kindOf(graph, file, pair.partner)).toBe(pair.kind);
          expect(going.has(pair.partner)).toBe(false);
          expect(graph.files[pair.partner]?.mark).not.toBe("remove");
        }
        for (const { file } of heldBack) expect(going.has(file)).toBe(false);
        for (const file of keepers) expect(going.has(file)).toBe(false);
      }),
    );
  });

  test("no removed file is an end of an unsettled label conflict", () => {
    fc.assert(
      fc.property(anyGraph, anySplits, anyRules, (graph, splits, wanted) => {
        const { removals } = chooseRemovals(graph, splits, KeeperRules.parse(wanted));
        for (const { file } of removals) {
          const own = graph.files[file] as GraphFile;
          graph.files.forEach((other, at) => {
            if (!kindOf(graph, file, at) || other.mark === "remove") return;
            const conflict =
              own.label !== null && other.label !== null && own.label !== other.label;
            expect(conflict && !(own.labelChosen && other.labelChosen)).toBe(false);
          });
        }
      }),
    );
  });

  test("the order of the files does not matter", () => {
    fc.assert(
      fc.property(anyGraph, anySplits, anyRules, fc.nat(), (graph, splits, wanted, seed) => {
        const rules = KeeperRules.parse(wanted);
        const turned = graph.files
          .slice(seed % graph.files.length)
          .concat(graph.files.slice(0, seed % graph.files.length))
          .reverse();
        const [one, other] = [graph, { ...graph, files: turned }].map((each) => {
          const { removals, heldBack, reason } = chooseRemovals(each, splits, rules);
          const idOf = (file: number) => each.files[file]?.id;
          return {
            reason,
            held: heldBack.map(({ file, partner }) => [idOf(file), idOf(partner)]).sort(),
            gone: removals
              .map(({ file, pair, reason: why }) => [idOf(file), pair && idOf(pair.partner), why])
              .sort(),
          };
        });
        expect(other?.gone).toEqual(one?.gone);
        expect(other?.held).toEqual(one?.held);
      }),
    );
  });

  test("keeping a file that stays anyway changes nothing, and a file marked keep never goes", () => {
    fc.assert(
      fc.property(anyGraph, anySplits, fc.nat(), (graph, splits, seed) => {
        const rules = KeeperRules.parse({ from: "all" });
        const before = chooseRemovals(graph, splits, rules);
        const going = before.removals.map(({ file }) => file);
        const at = seed % graph.files.length;
        if (graph.files[at]?.mark === "remove") return;
        const files = graph.files.with(at, { ...(graph.files[at] as GraphFile), mark: "keep" });
        const after = chooseRemovals({ ...graph, files }, splits, rules);
        const stillGoing = after.removals.map(({ file }) => file);
        expect(stillGoing).not.toContain(at);
        const isHeld = before.heldBack.some(({ file }) => file === at);
        if (!going.includes(at) && !isHeld) expect(stillGoing).toEqual(going);
      }),
    );
  });
});

test("invalid rules name the field", () => {
  const issue = KeeperRules.safeParse({ order: ["resolution", "largest"] }).error?.issues[0];
  expect(issue?.path).toEqual(["order", 1]);
  expect(issue?.message).toMatch(/^Expected one of protected, /);
  expect(KeeperRules.safeParse({ prefer: 1 }).error?.issues[0]?.message).toMatch(/prefer/);
});

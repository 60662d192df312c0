import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Report } from "../../../src-main/contract/report.ts";
import { countText } from "../../../src-main/text/figures.ts";
import { plainText, reportHeadline } from "../../../src-main/text/headline.ts";
import { formatThreshold, thresholdSentence } from "../../../src-main/text/thresholds.ts";
import { sampleImage, sampleReport } from "../../support/sample-report.ts";

const say = (report: Report) =>
  reportHeadline(report).map((sentence) => plainText(sentence).replaceAll("\u00a0", " "));

describe("the headline", () => {
  const leak = [sampleImage(1), sampleImage(2, { split: "test" })];
  const within = [sampleImage(3), sampleImage(4)];
  const [train, testSplit] = sampleReport([]).splits;

  test("says how many test images also appear in train", () => {
    expect(say(sampleReport([leak, within]))).toEqual([
      "1 of 200 test images (0.5 %) also appears in train.",
    ]);
  });

  test("has a sentence per leaking split, test first", () => {
    const into = { into: "train", of: 1000, byLabel: {}, byKind: {} };
    const leaks = [
      { ...into, from: "val", images: 500, percent: 50 },
      { ...into, from: "test", images: 10, percent: 1 },
      { ...into, from: "extra", images: 0, percent: 0 },
      { ...into, from: "test", into: "val", images: 7, percent: 0.7 },
    ];
    expect(say(sampleReport([leak], { leaks }))).toEqual([
      "10 of 1,000 test images (1.0 %) also appear in train.",
      "500 of 1,000 val images (50.0 %) also appear in train.",
    ]);
  });

  test("says that no image leaks if duplicates stay within splits", () => {
    expect(say(sampleReport([within]))).toEqual([
      "None of 200 test images also appears among 1,000 train images.",
    ]);
  });

  test("counts near-duplicates if there is only one split", () => {
    const report = sampleReport([within], { splits: train ? [train] : [], leaks: [] });
    expect(say(report)).toEqual(["2 of 1,000 train images have a near-duplicate, in 1 cluster."]);
  });

  test("says what was compared if nothing was found", () => {
    expect(say(sampleReport([]))).toEqual([
      "None of 200 test images also appears among 1,000 train images.",
    ]);
    const alone = sampleReport([], {
      splits: train ? [train] : [],
      leaks: [],
      threshold: { strategy: "cosine", cosine: 0.93 },
    });
    expect(say(alone)).toEqual([
      "None of 1,000 train images has a duplicate among the others at cosine similarity 0.93.",
    ]);
  });

  test("says that there was nothing to compare", () => {
    const splits = testSplit ? [{ ...testSplit, images: 0 }] : [];
    expect(say(sampleReport([], { splits }))).toEqual(["No images could be compared."]);
  });

  const Count = fc.integer({ min: 0, max: 5000 });
  const Splits = fc.uniqueArray(
    fc.record({ name: fc.constantFrom("train", "test", "val", "a", "b"), read: Count, bad: Count }),
    { selector: ({ name }) => name, minLength: 1 },
  );

  test("never says that a split without a readable image is clean, and counts what it compared", () => {
    fc.assert(
      fc.property(Splits, fc.boolean(), (drawn, leaking) => {
        const splits = drawn.map(({ name, read, bad }) => ({
          ...{ name, root: `/data/${name}` },
          ...{ images: read, unreadable: bad, otherNames: 0 },
        }));
        const leaks = splits.flatMap(({ name: from, images: of }) =>
          splits
            .filter(({ name }) => name !== from)
            .map(({ name: into, images }) => {
              const found = leaking && images > 0 ? Math.min(of, 1) : 0;
              return { from, into, images: found, of, percent: 0, byLabel: {}, byKind: {} };
            }),
        );
        const sentences = say(sampleReport([], { splits, leaks }));
        for (const { name, images } of splits) {
          const clean = sentences.filter((text) =>
            new RegExp(`^None of [\\d,]+ ${name} `).test(text),
          );
          if (images === 0) expect(clean).toEqual([]);
          for (const text of clean) expect(text).toContain(`None of ${countText(images)} ${name}`);
        }
        const unread = splits.filter(({ images }) => images === 0).length;
        const said = sentences.filter((text) => /not compared|could be compared/.test(text));
        expect(said).toHaveLength(unread === splits.length ? 1 : unread);
      }),
    );
  });
});

describe("the threshold's description", () => {
  test("names the figure and the strategy that chose it", () => {
    const slope = { strategy: "slope", sensitivity: 5, distance: 0.12345 } as const;
    expect(formatThreshold(slope)).toBe("distance 0.1235 (slope, sensitivity 5)");
    expect(thresholdSentence(slope)).toContain("“slope” chose this distance");
    expect(formatThreshold({ strategy: "percentile", percentile: 2, distance: 0.2 })).toBe(
      "distance 0.20 (percentile 2)",
    );
    expect(thresholdSentence({ strategy: "auto", confidence: 0.9 })).toContain("at least 0.90");
    expect(thresholdSentence({ strategy: "cosine", cosine: 0.93 })).toContain("cosine similarity");
  });
});

import { describe, expect, it } from "vitest";
import type { Report } from "../../../src-main/contract/report.ts";
import { plainText } from "../../../src-main/contract/sentence.ts";
import { headline } from "../../../src-main/engine/analysis/figures/headline.ts";
import { thresholdSentence, thresholdText } from "../../../src-main/text/thresholds.ts";
import { sampleImage, sampleReport } from "../../support/sample-report.ts";

const say = (report: Report) =>
  headline(report).map((sentence) => plainText(sentence).replaceAll("\u00a0", " "));

describe("the headline", () => {
  const leak = [sampleImage(1), sampleImage(2, { split: "test" })];
  const within = [sampleImage(3), sampleImage(4)];
  const [train, test] = sampleReport([]).splits;

  it("says which share of test has a duplicate in train", () => {
    expect(say(sampleReport([leak, within]))).toEqual([
      "0.5 % of test, 1 of 200 images, has a duplicate in train.",
    ]);
  });

  it("has a sentence per leaking split, test first", () => {
    const into = { into: "train", of: 1000, byLabel: {}, byKind: {} };
    const leaks = [
      { ...into, from: "val", images: 500, percent: 50 },
      { ...into, from: "test", images: 10, percent: 1 },
      { ...into, from: "extra", images: 0, percent: 0 },
      { ...into, from: "test", into: "val", images: 7, percent: 0.7 },
    ];
    expect(say(sampleReport([leak], { leaks }))).toEqual([
      "1.0 % of test, 10 of 1,000 images, has a duplicate in train.",
      "50.0 % of val, 500 of 1,000 images, has a duplicate in train.",
    ]);
  });

  it("says that no image of any other split leaks, when duplicates stay within splits", () => {
    expect(say(sampleReport([within]))).toEqual(["No image of test has a duplicate in train."]);
  });

  it("counts near-duplicates when there is one split only", () => {
    const report = sampleReport([within], { splits: train ? [train] : [], leaks: [] });
    expect(say(report)).toEqual(["2 images of train have a near-duplicate, in 1 cluster."]);
  });

  it("says that nothing was found, and at which threshold", () => {
    expect(say(sampleReport([]))).toEqual(["No duplicates found at confidence 0.90."]);
    const cosine = sampleReport([], { threshold: { strategy: "cosine", cosine: 0.93 } });
    expect(say(cosine)).toEqual(["No duplicates found at cosine similarity 0.93."]);
  });

  it("says so when there was nothing to compare", () => {
    const splits = test ? [{ ...test, images: 0 }] : [];
    expect(say(sampleReport([], { splits }))).toEqual(["No image could be compared."]);
  });
});

describe("the threshold in words", () => {
  it("names the figure that pairs were judged by and the strategy that chose it", () => {
    const slope = { strategy: "slope", sensitivity: 5, distance: 0.12345 } as const;
    expect(thresholdText(slope)).toBe("distance 0.1235 (slope, sensitivity 5)");
    expect(thresholdSentence(slope)).toContain("“slope” chose that figure");
    expect(thresholdText({ strategy: "percentile", percentile: 2, distance: 0.2 })).toBe(
      "distance 0.20 (percentile 2)",
    );
    expect(thresholdSentence({ strategy: "auto", confidence: 0.9 })).toContain("at least 0.90");
    expect(thresholdSentence({ strategy: "cosine", cosine: 0.93 })).toContain("cosine similarity");
  });
});

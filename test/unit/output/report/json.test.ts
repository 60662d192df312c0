import { describe, expect, test } from "vitest";
import { Report } from "../../../../src-main/contract/report.ts";
import { jsonReport } from "../../../../src-main/engine/output/report/json.ts";
import {
  hostileReport,
  sampleCluster,
  sampleImage,
  sampleReport,
} from "../../../support/sample-report.ts";

const write = (report: Report) => [...jsonReport(report)].join("");

describe("the JSON report", () => {
  const pair = [sampleImage(1), sampleImage(2, { split: "test" })];
  const other = [sampleImage(3), sampleImage(4, { label: null })];

  test("follows the contract and reads back as the same report", () => {
    for (const report of [sampleReport([pair, other]), sampleReport([]), hostileReport()]) {
      expect(Report.parse(JSON.parse(write(report)))).toEqual(report);
    }
  });

  test("has its keys in the contract's order, whatever their order in memory", () => {
    const report = sampleReport([pair]);
    const shuffled = Object.fromEntries(Object.entries(report).reverse()) as Report;
    expect(write(shuffled)).toBe(write(report));
    expect(Object.keys(JSON.parse(write(shuffled)))).toEqual(Object.keys(Report.shape));
  });

  test("sorts labels, whatever the order in which images were found", () => {
    const report = sampleReport([pair]);
    const withLabels = (labels: Record<string, number>) =>
      write({ ...report, clusters: [sampleCluster(1, pair, { labels })] });
    expect(withLabels({ zebra: 1, ant: 1 })).toBe(withLabels({ ant: 1, zebra: 1 }));
  });

  test("has one cluster or image per line, and everything that varies between runs on the last", () => {
    const lines = write(sampleReport([pair, other])).split("\n");
    expect(lines.filter((line) => line.startsWith('    {"id":1,"response"'))).toHaveLength(1);
    expect(lines.filter((line) => /^ {4}\{"id":\d,"split"/.test(line))).toHaveLength(4);
    const slower = sampleReport([pair, other], {
      seconds: { walk: 9, embed: 9, neighbors: 9, evidence: 9, clusters: 9, total: 54 },
    });
    const differing = write(slower)
      .split("\n")
      .filter((line, i) => line !== lines[i]);
    expect(differing).toHaveLength(1);
    expect(differing[0]).toContain('"seconds"');
  });

  test("rounds figures to six decimals, except for the threshold, which `--threshold` can repeat", () => {
    const cluster = sampleCluster(1, pair, { mean: 0.1234567891, projection: [[-1e-9, 1 / 3]] });
    const threshold = { strategy: "slope", distance: 0.12345678912 } as const;
    const written = Report.parse(
      JSON.parse(write(sampleReport([pair], { clusters: [cluster], threshold }))),
    );
    expect(written.clusters[0]).toMatchObject({ mean: 0.123457, projection: [[0, 0.333333]] });
    expect(written.threshold).toEqual(threshold);
  });

  test("refuses a figure that JSON cannot hold", () => {
    const broken = sampleReport([pair], {
      clusters: [sampleCluster(1, pair, { std: Number.NaN })],
    });
    expect(() => write(broken)).toThrow(RangeError);
  });

  test("keeps a label named __proto__", () => {
    const labels = JSON.parse('{"__proto__": 2}');
    const text = write(sampleReport([pair], { clusters: [sampleCluster(1, pair, { labels })] }));
    expect(text).toContain('"labels":{"__proto__":2}');
  });

  test("is written cluster by cluster, not as one huge string", () => {
    const clusters = Array.from({ length: 20_000 }, (_, i) => sampleCluster(i + 1, pair));
    let longest = 0;
    for (const chunk of jsonReport(sampleReport([pair], { clusters }))) {
      longest = Math.max(longest, chunk.length);
    }
    expect(longest).toBeLessThan(1000);
  });
});

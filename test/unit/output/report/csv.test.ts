import { describe, expect, test } from "vitest";
import type { Report } from "../../../../src-main/contract/report.ts";
import { csvReport } from "../../../../src-main/engine/output/report/csv.ts";
import { readCsv } from "../../../support/read-csv.ts";
import {
  HOSTILE_NAMES,
  hostileReport,
  sampleCluster,
  sampleImage,
  samplePair,
  sampleReport,
} from "../../../support/sample-report.ts";

function read(report: Report): Record<string, string>[] {
  const [header = [], ...rows] = readCsv([...csvReport(report)].join(""));
  return rows.map((row) => {
    expect(row).toHaveLength(header.length);
    return Object.fromEntries(row.map((field, i) => [header[i], field]));
  });
}

describe("the CSV report", () => {
  const images = [sampleImage(1), sampleImage(2, { split: "test" }), sampleImage(3)];

  test("has one row per image of each cluster, under the promised header", () => {
    const text = [...csvReport(sampleReport([images]))].join("");
    expect(text.split("\n").slice(0, 2)).toEqual([
      "cluster,response,size,mean,min_similarity,split,label,path,sha256,width,height,bytes,format,kind,similarity,confidence",
      `1,embedding,3,0.001,0.94,train,cat,cat/1.jpg,${images[0]?.sha256},640,480,80001,jpeg,resized,0.95,0.97`,
    ]);
    expect(text.trimEnd().split("\n")).toHaveLength(4);
  });

  test("reads back every hostile name unchanged", () => {
    const rows = read(hostileReport());
    expect(rows.slice(0, HOSTILE_NAMES.length).map(({ path }) => path)).toEqual(HOSTILE_NAMES);
    expect(rows.slice(0, HOSTILE_NAMES.length).map(({ label }) => label)).toEqual(HOSTILE_NAMES);
  });

  test("gives each image the figures of its surest pair, and none where no pair is known", () => {
    const pairs = [
      samplePair(1, 2, { confidence: 0.91, similarity: 0.99, kind: "similar" }),
      samplePair(1, 3, { confidence: 0.99, similarity: 0.9, kind: "flipped" }),
    ];
    const lonely = sampleImage(4, { label: null });
    const cluster = sampleCluster(1, [...images, lonely], { pairs });
    const rows = read(sampleReport([[...images, lonely]], { clusters: [cluster] }));
    expect(rows.map(({ kind }) => kind)).toEqual(["flipped", "similar", "flipped", ""]);
    expect(rows[3]).toMatchObject({ label: "", similarity: "", confidence: "" });
  });

  test("has only its header when there is no cluster", () => {
    expect(read(sampleReport([]))).toEqual([]);
  });

  test("refuses a cluster that names an unknown image", () => {
    expect(() => read(sampleReport([images], { images: [] }))).toThrow("image 1");
  });
});

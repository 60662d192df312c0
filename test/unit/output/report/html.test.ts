import { describe, expect, test } from "vitest";
import type { ImageId } from "../../../../src-main/contract/ids.ts";
import type { Report } from "../../../../src-main/contract/report.ts";
import { htmlReport } from "../../../../src-main/engine/output/report/html.ts";
import {
  hostileReport,
  sampleCluster,
  sampleImage,
  samplePair,
  sampleReport,
} from "../../../support/sample-report.ts";

const JPEG = new Uint8Array([0xff, 0xd8, 0xff, 0xe0, 0, 16]);
const none = () => null;
const write = (
  report: Report,
  thumbnail: (id: ImageId) => Uint8Array | null = none,
  max?: number,
) =>
  [...htmlReport(report, { thumbnail, ...(max === undefined ? {} : { maxClusters: max }) })].join(
    "",
  );

const leak = [sampleImage(1), sampleImage(2, { split: "test", label: "dog" })];
const within = [sampleImage(3), sampleImage(4)];

describe("the HTML report", () => {
  test("is self-contained: no links, only embedded images, a strict policy", () => {
    const html = write(sampleReport([leak]), () => JPEG);
    expect(html).not.toMatch(/<link|@import|url\(|https?:\/\//);
    expect(html.match(/ src="(?!data:image\/jpeg;base64,)/g)).toBeNull();
    expect(html).toMatch(
      /content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-[\w+/]+=*'/,
    );
  });

  test("escapes hostile names everywhere and shows what cannot be seen", () => {
    const html = write(hostileReport());
    expect(html.match(/<script/g)).toHaveLength(1);
    expect(html).not.toContain("<img src=x");
    expect(html).toContain("&lt;script&gt;window.hacked = true&lt;");
    expect(html).toContain("line␊break");
    expect(html).toContain("turned⟨U+202E⟩gpj.exe");
    expect(html).not.toContain("\u202e");
  });

  test("shows leaks first, limits the number of clusters, and says how many are missing", () => {
    const html = write(sampleReport([within, leak, [sampleImage(5), sampleImage(6)]]), none, 2);
    expect([...html.matchAll(/id="cluster-(\d)"/g)].map((match) => match[1])).toEqual(["2", "1"]);
    expect(html.replaceAll("\u00a0", " ")).toContain("Showing 2 of 3 clusters");
  });

  test("shows precision and recall for the default threshold, and for no other", () => {
    const auto = { confidence: 0.9, precision: 0.9876, recall: 0.9432 };
    const at = (confidence: number) => {
      const report = sampleReport([leak]);
      return write({
        ...report,
        model: { ...report.model, auto },
        threshold: { strategy: "confidence", confidence },
      }).replaceAll("\u00a0", " ");
    };
    expect(at(0.9)).toMatch(/precision of 98\.8 % and a recall of 94\.3 %/);
    expect(at(0.8)).not.toContain("used for calibration");
  });

  test("reads only the thumbnails that it shows", () => {
    const read: number[] = [];
    const thumbnail = (id: ImageId) => {
      read.push(id);
      return null;
    };
    write(sampleReport([within, leak]), thumbnail, 1);
    expect(read).toEqual([1, 2]);
  });

  test("has a placeholder for a missing thumbnail and for one of an unknown format", () => {
    expect(write(sampleReport([leak]))).toContain("no thumbnail<br>640 × 480");
    expect(write(sampleReport([leak]), () => new Uint8Array([1, 2, 3]))).toContain("no thumbnail");
  });

  test("enlarges tiny images by a whole factor, with sharp pixels", () => {
    const tiny = leak.map((image) => ({ ...image, width: 32, height: 24 }));
    expect(write(sampleReport([tiny]), () => JPEG)).toContain(
      '<img class="tiny" width="160" height="120"',
    );
  });

  test("shows how each image matches the first, or another if those two were not compared", () => {
    const images = [1, 2, 3].map((n) => sampleImage(n));
    const pairs = [samplePair(1, 2, { kind: "flipped" }), samplePair(2, 3, { kind: "cropped" })];
    const html = write(sampleReport([images], { clusters: [sampleCluster(1, images, { pairs })] }));
    expect(html).toContain("same as 1, flipped");
    expect(html).toContain("same as 2, cropped");
  });

  test("shortens a huge cluster, but keeps the only test image that leaks", () => {
    const images = Array.from({ length: 100 }, (_, i) => sampleImage(i + 1));
    images.push(sampleImage(101, { split: "test" }));
    const html = write(sampleReport([images]));
    expect(html).toContain("cat/101.jpg");
    expect(html.replaceAll("\u00a0", " ")).toContain("and 77 more images");
  });

  test("says that nothing was found, and what to do next", () => {
    const html = write(sampleReport([]));
    expect(html).toContain("None of 200 ");
    expect(html).toContain("--threshold confidence:0.5");
  });

  test("lists label conflicts with links, leaks per class and unreadable files with reasons", () => {
    const html = write(sampleReport([leak]));
    expect(html).toContain('<a href="#cluster-1">Cluster 1</a>');
    expect(html.replaceAll("\u00a0", " ")).toContain("1 other class: none.");
    expect(html).toContain("The file ends early.");
  });

  test("says first what was not compared, and what to do", () => {
    const notCompared = [
      { split: "test", images: 12, reason: "Git LFS pointer", advice: "Run `git lfs pull`." },
    ];
    const html = write(sampleReport([], { notCompared }));
    expect(html).toContain("12 of 200 test images are Git LFS pointers. Run `git lfs pull`.");
    expect(html.indexOf('id="not-compared"')).toBeLessThan(html.indexOf('class="figures"'));
    expect(write(sampleReport([], { notCompared: [] }))).not.toContain('id="not-compared"');
  });

  test("lists leaking images with their duplicates, and the class imbalance", () => {
    const html = write(sampleReport([leak])).replaceAll("\u00a0", " ");
    const listed = html.slice(html.indexOf('id="leak-pairs"'));
    expect(listed).toMatch(/resized.*test.*<\/td>.*train.*0\.950/s);
    expect(html).toContain("1.50 : 1 · 0.971");
    expect(html).toContain("1.30 : 1 · 0.988");
    expect(html).toMatch(/To annotate.*>120<.*>90<.*25\.0 %/s);
    expect(write(sampleReport([]))).not.toContain('id="leak-pairs"');
  });

  test("counts distinct images and copies, and images left and removed", () => {
    const balance = { train: { cat: { images: 200, distinct: 150 } } };
    const html = write(sampleReport([], { balance, balanceAfter: { train: { cat: 190 } } }));
    const [, table] = /aria-labelledby="balance"[\s\S]*?(<table[\s\S]*?<\/table>)/.exec(html) ?? [];
    const cells = [...(table ?? "").matchAll(/<(t[hd])\b[^>]*>(.*?)<\/\1>/g)].map(([, , cell]) =>
      cell?.replaceAll(/<[^>]*>/g, "").replace("\u00a0", " "),
    );
    expect(cells).toEqual([
      ...["Class", "Images", "Distinct", "Copies", "After", "Removed"],
      ...["cat", "200", "150", "25.0 %", "190", "5.0 %"],
    ]);
  });

  test("is the same for the same report, however long the scan took", () => {
    const slower = { walk: 9, embed: 9, neighbors: 9, evidence: 9, clusters: 9, total: 54 };
    expect(write(sampleReport([leak], { seconds: slower }))).toBe(write(sampleReport([leak])));
  });
});

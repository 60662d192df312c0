import { describe, expect, it } from "vitest";
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
  it("holds all that it needs: no link, no source but pictures within the page, a strict policy", () => {
    const html = write(sampleReport([leak]), () => JPEG);
    expect(html).not.toMatch(/<link|@import|url\(|https?:\/\//);
    expect(html.match(/ src="(?!data:image\/jpeg;base64,)/g)).toBeNull();
    expect(html).toMatch(
      /content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-[\w+/]+=*'/,
    );
  });

  it("escapes hostile names everywhere and shows what cannot be seen", () => {
    const html = write(hostileReport());
    expect(html.match(/<script/g)).toHaveLength(1);
    expect(html).not.toContain("<img src=x");
    expect(html).toContain("&lt;script&gt;window.hacked = true&lt;");
    expect(html).toContain("line␊break");
    expect(html).toContain("turned⟨U+202E⟩gpj.exe");
    expect(html).not.toContain("\u202e");
  });

  it("shows leaks first, at most as many clusters as asked for, and says how many are missing", () => {
    const html = write(sampleReport([within, leak, [sampleImage(5), sampleImage(6)]]), none, 2);
    expect([...html.matchAll(/id="cluster-(\d)"/g)].map((match) => match[1])).toEqual(["2", "1"]);
    expect(html.replaceAll("\u00a0", " ")).toContain("Shown are 2 of 3 clusters");
  });

  it("says what the default threshold was worth, and only of that one", () => {
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
    expect(at(0.8)).not.toContain("calibrated with");
  });

  it("asks only for the pictures that it shows", () => {
    const asked: number[] = [];
    const thumbnail = (id: ImageId) => {
      asked.push(id);
      return null;
    };
    write(sampleReport([within, leak]), thumbnail, 1);
    expect(asked).toEqual([1, 2]);
  });

  it("has a placeholder where there is no picture or an unknown one", () => {
    expect(write(sampleReport([leak]))).toContain("no picture<br>640 × 480");
    expect(write(sampleReport([leak]), () => new Uint8Array([1, 2, 3]))).toContain("no picture");
  });

  it("enlarges tiny pictures by a whole factor and marks them for sharp pixels", () => {
    const tiny = leak.map((image) => ({ ...image, width: 32, height: 24 }));
    expect(write(sampleReport([tiny]), () => JPEG)).toContain(
      '<img class="tiny" width="160" height="120"',
    );
  });

  it("tells how each image matches the first, or another where those two were not compared", () => {
    const images = [1, 2, 3].map((n) => sampleImage(n));
    const pairs = [samplePair(1, 2, { kind: "flipped" }), samplePair(2, 3, { kind: "cropped" })];
    const html = write(sampleReport([images], { clusters: [sampleCluster(1, images, { pairs })] }));
    expect(html).toContain("same as 1, flipped");
    expect(html).toContain("same as 2, cropped");
  });

  it("cuts a huge cluster without hiding the one test image that leaks", () => {
    const images = Array.from({ length: 100 }, (_, i) => sampleImage(i + 1));
    images.push(sampleImage(101, { split: "test" }));
    const html = write(sampleReport([images]));
    expect(html).toContain("cat/101.jpg");
    expect(html.replaceAll("\u00a0", " ")).toContain("and 77 more images");
  });

  it("says that nothing was found and what to do next", () => {
    const html = write(sampleReport([]));
    expect(html).toContain("Clean. No duplicates found at confidence 0.90.");
    expect(html).toContain("--threshold confidence:0.5");
  });

  it("lists label conflicts with links, leaks per class and unreadable files with reasons", () => {
    const html = write(sampleReport([leak]));
    expect(html).toContain('<a href="#cluster-1">Cluster 1</a>');
    expect(html.replaceAll("\u00a0", " ")).toContain("1 other class: none.");
    expect(html).toContain("The file ends early.");
  });

  it("lists the images that leak with their duplicates, and how even the classes are", () => {
    const html = write(sampleReport([leak])).replaceAll("\u00a0", " ");
    const listed = html.slice(html.indexOf('id="leak-pairs"'));
    expect(listed).toMatch(/resized.*test.*<\/td>.*train.*0\.950/s);
    expect(html).toContain("1.50 : 1 · 0.971");
    expect(html).toContain("1.30 : 1 · 0.988");
    expect(html).toMatch(/To annotate.*>120<.*>90<.*25\.0 %/s);
    expect(write(sampleReport([]))).not.toContain('id="leak-pairs"');
  });

  it("counts copies against what is distinct, and what is removed against what is left", () => {
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

  it("is the same for the same report, whatever time it took", () => {
    const slower = { walk: 9, embed: 9, neighbors: 9, evidence: 9, clusters: 9, total: 54 };
    expect(write(sampleReport([leak], { seconds: slower }))).toBe(write(sampleReport([leak])));
  });
});

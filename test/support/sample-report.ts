import { ClusterId, ImageId } from "../../src-main/contract/ids.ts";
import type {
  Report,
  ReportCluster,
  ReportImage,
  ReportPair,
} from "../../src-main/contract/report.ts";

/** File names that break naive writers, each in a different way. */
export const HOSTILE_NAMES = [
  "<script>window.hacked = true</script>.jpg",
  "\"><img src=x onerror='window.hacked = true'>.jpg",
  'line\nbreak, comma and "quotes".jpg',
  " spaces at both ends ",
  "carriage\rreturn.jpg",
  "émoji 🦊.jpg",
  "שלום/תמונה.jpg",
  "turned\u202Egpj.exe",
  "tab\there & ampersand &amp;.jpg",
  "=SUM(A1:A2).csv",
] as const;

const SHA = "0123456789abcdef".repeat(4);

export const id = (n: number): ImageId => ImageId.parse(n);

/** A readable 640 x 480 JPEG in train, unless `facts` say otherwise. */
export function sampleImage(n: number, facts: Partial<ReportImage> = {}): ReportImage {
  return {
    id: id(n),
    split: "train",
    path: `cat/${n}.jpg`,
    label: "cat",
    sha256: SHA,
    width: 640,
    height: 480,
    bytes: 80_000 + n,
    format: "jpeg",
    damage: null,
    otherNames: 0,
    ...facts,
  };
}

export function samplePair(a: number, b: number, facts: Partial<ReportPair> = {}): ReportPair {
  return { a: id(a), b: id(b), similarity: 0.95, confidence: 0.97, kind: "resized", ...facts };
}

/** The cluster of some images, each paired with the first. */
export function sampleCluster(
  n: number,
  images: readonly ReportImage[],
  facts: Partial<ReportCluster> = {},
): ReportCluster {
  const count = (names: readonly string[]) =>
    Object.fromEntries([...Map.groupBy(names, (name) => name)].map(([k, v]) => [k, v.length]));
  const [first, second] = images;
  if (first === undefined || second === undefined)
    throw new RangeError("A cluster has two images.");
  return {
    id: ClusterId.parse(n),
    response: "embedding",
    size: images.length,
    mean: n / 1000,
    std: 0.001,
    minSimilarity: 0.94,
    weakestLink: { a: first.id, b: second.id, similarity: 0.95 },
    splits: count(images.map(({ split }) => split)),
    labels: count(images.flatMap(({ label }) => label ?? [])),
    images: images.map((image) => image.id),
    projection: null,
    pairs: images.slice(1).map((image) => samplePair(first.id, image.id)),
    ...facts,
  };
}

/** A report of train (1,000 images) and test (200), with clusters of the given images and the resulting leaks. */
export function sampleReport(
  groups: readonly (readonly ReportImage[])[],
  facts: Partial<Report> = {},
): Report {
  const clusters = groups.map((images, i) => sampleCluster(i + 1, images));
  const leaking = groups
    .filter((images) => images.some(({ split }) => split === "train"))
    .flat()
    .filter(({ split }) => split === "test").length;
  return {
    schema: "twinlens.report/1",
    twinlens: "0.1.0",
    model: { name: "tiny", sha256: SHA, dimensions: 8, device: "cpu", fallbacks: [], auto: null },
    splits: [
      { name: "train", root: "/data/pets/train", images: 1000, unreadable: 1, otherNames: 0 },
      { name: "test", root: "/data/pets/test", images: 200, unreadable: 0, otherNames: 0 },
    ],
    threshold: { strategy: "auto", confidence: 0.9 },
    grouping: "cohesive",
    neighbors: { k: 10, method: "exact", recall: 1 },
    clusters,
    images: groups.flat(),
    leaks: [
      {
        from: "test",
        into: "train",
        images: leaking,
        of: 200,
        percent: leaking / 2,
        byLabel: { cat: { images: leaking, of: 100 }, dog: { images: 0, of: 100 } },
        byKind: { resized: leaking },
      },
    ],
    leakPairs: groups.flatMap((images) => {
      const b = images.find(({ split }) => split === "train");
      return images.flatMap((a) =>
        b && a.split === "test" ? [{ ...samplePair(a.id, b.id), from: "test", into: "train" }] : [],
      );
    }),
    labelConflicts: clusters
      .filter(({ labels }) => Object.keys(labels).length > 1)
      .map((cluster) => cluster.id),
    balance: {
      train: { cat: { images: 600, distinct: 540 }, dog: { images: 400, distinct: 400 } },
    },
    balanceAfter: { train: { cat: 520, dog: 400 } },
    imbalance: {
      train: {
        images: { ratio: 1.5, entropy: 0.970951 },
        distinct: { ratio: 1.35, entropy: 0.98408 },
        after: { ratio: 1.3, entropy: 0.987693 },
      },
    },
    unlabeled: { test: { images: 120, distinct: 90 } },
    unreadable: [
      { split: "train", path: "broken.jpg", reason: "The file ends early.", cause: "other" },
    ],
    damaged: [],
    skipped: [],
    notCompared: [
      { split: "train", images: 1, reason: "The file ends early.", advice: "Restore the file." },
    ],
    seconds: { walk: 0.1, embed: 3, neighbors: 0.4, evidence: 0.2, clusters: 0.1, total: 3.8 },
    ...facts,
  };
}

/** A report with {@link HOSTILE_NAMES} as paths, labels, split name, folder and reason. */
export function hostileReport(): Report {
  const images = HOSTILE_NAMES.map((path, i) => sampleImage(i + 1, { path, label: path }));
  const leak = [
    sampleImage(21, { path: HOSTILE_NAMES[0] }),
    sampleImage(22, { path: HOSTILE_NAMES[1], split: "test", label: "dog" }),
  ];
  const report = sampleReport([images, leak]);
  return {
    ...report,
    splits: report.splits.map((split) => ({ ...split, root: `/data/${HOSTILE_NAMES[0]}` })),
    unreadable: HOSTILE_NAMES.map((path) => ({
      split: HOSTILE_NAMES[1],
      path,
      reason: path,
      cause: "other",
    })),
  };
}

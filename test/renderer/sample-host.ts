import type { Overview } from "../../src-main/contract/project.ts";
import { ScanRequest } from "../../src-main/contract/scan-request.ts";
import type { ScanState } from "../../src-main/contract/scans.ts";
import { AUTO_CONFIDENCE } from "../../src-main/contract/threshold.ts";
import { type SampleOptions, SampleProject, sampleClient } from "./sample-client.ts";

/** States of the page to look at, by the name in the address: `?case=many-classes`. */
export interface SampleCase {
  readonly classes: number;
  readonly clusters: number;
  readonly unreadable: number;
  readonly scan: ScanState["status"] | null;
  readonly recent: number;
  readonly names: "plain" | "long";
  /** Code of a failure that opening the project ends in. */
  readonly failure: string | null;
}

const PLAIN: SampleCase = {
  classes: 10,
  clusters: 2498,
  unreadable: 3,
  scan: null,
  recent: 3,
  names: "plain",
  failure: null,
};

export const CASES: Record<string, SampleCase> = {
  plain: PLAIN,
  first: { ...PLAIN, recent: 0 },
  "many-classes": { ...PLAIN, classes: 3000, unreadable: 20_000 },
  "three-classes": { ...PLAIN, classes: 3, unreadable: 0 },
  nothing: { ...PLAIN, clusters: 0, unreadable: 0 },
  long: { ...PLAIN, names: "long", classes: 40, unreadable: 400 },
  running: { ...PLAIN, scan: "running" },
  paused: { ...PLAIN, scan: "paused" },
  failed: { ...PLAIN, scan: "failed", names: "long" },
  cancelled: { ...PLAIN, scan: "cancelled" },
  newer: { ...PLAIN, failure: "PROJECT_TOO_NEW" },
  gone: { ...PLAIN, failure: "FOLDER_UNAVAILABLE" },
};

const KEY = "5a11";
const LONG =
  "/media/données/数据集/2026 export of the archive, second attempt (final)/imagenet-21k-winter-edition";

/** Answers in place of engine and host. @param drawn of the project that the review shows */
export function sampleHost(wanted: SampleCase, drawn: Partial<SampleOptions> = {}) {
  const root = wanted.names === "long" ? LONG : "/data/pets";
  const name =
    wanted.names === "long" ? "Überprüfung 🐈 数据集 with a name that goes on and on" : "pets";
  const sample = new SampleProject({
    clusters: Math.max(1, Math.min(wanted.clusters, 300)),
    largest: 24,
    labels: 12,
    responses: 1,
    delay: 0,
    refuse: false,
    ...drawn,
  });
  const client = sampleClient(sample);
  const splits = [
    { name: "train", root: `${root}/train`, images: 50_000, unreadable: wanted.unreadable },
    { name: "test", root: `${root}/test`, images: 10_000, unreadable: 0 },
    {
      name: wanted.names === "long" ? "自动驾驶-holdout-2026" : "val",
      root: `${root}/val`,
      images: 5000,
      unreadable: 0,
    },
  ];
  const labels = Array.from({ length: wanted.classes }, (_, index) =>
    wanted.names === "long"
      ? `n0${index} Straßenbahn, tramway, 路面電車, the one with the very long name`
      : wanted.classes > 100
        ? `class ${String(index).padStart(4, "0")}`
        : (["cat", "dog", "heron", "truck", "oak", "plate", "rose", "ship", "tram", "wren"][
            index
          ] ?? `class ${index}`),
  );
  const request = ScanRequest.parse({
    project: sample.info.project,
    splits: splits.map(({ name, root }) => ({ name, root })),
    ...(wanted.names === "long" && { model: `${root}/own-model.onnx`, neighbors: 25 }),
  });
  const info = {
    ...sample.info,
    key: KEY,
    name,
    splits: splits.map((split) => ({ ...split, protected: false, present: true })),
    labels,
    request,
  };
  const recent = [
    { name, project: info.project, key: KEY, present: true },
    { name: "clothing", project: "/data/clothing.twinlens", key: "aa", present: true },
    { name: "old drive", project: "/media/usb/old.twinlens", key: "bb", present: false },
  ]
    .slice(0, wanted.recent)
    .map((project, index) => ({
      ...project,
      splits,
      images: 65_000 * (index + 1),
      unfinished: null,
      openedAt: Date.now() - index * 3 * 86_400_000,
    }));
  const scan: ScanState = {
    project: info.project,
    key: KEY,
    name,
    splits,
    request,
    status: wanted.scan ?? "done",
    stages: [
      {
        stage: "walk",
        done: 65_000,
        total: 65_000,
        seconds: 1.2,
        rate: null,
        secondsLeft: null,
        finished: true,
      },
      {
        stage: "embed",
        done: 23_456,
        total: 65_000,
        seconds: 75,
        rate: 312,
        secondsLeft: 133,
        finished: false,
      },
    ],
    unreadable: 3,
    unreadableLatest: unreadable(3, splits),
    device: "cpu",
    fallbacks: [
      {
        device: "cuda",
        reason: "libcudart.so.12 was not found. Install it with “twinlens cuda:install”.",
      },
    ],
    warnings: [],
    error:
      wanted.scan === "failed"
        ? {
            code: "DISK_UNWRITABLE",
            message: `The disk with ${root} is full. Free some space, then scan again.`,
          }
        : null,
  };
  const answers = {
    ...client,
    recognizeSplits: async ({ root: at }: { root: string }) =>
      at.endsWith("train")
        ? [{ name: "all", root: at }]
        : splits.map((split) => ({ name: split.name, root: `${at}/${split.name}` })),
    inspectSplits: async ({ splits: asked }: { splits: { name: string; root: string }[] }) =>
      asked.map((split, index) => ({
        ...split,
        images: index === 2 && wanted.names === "long" ? 0 : 50_000 / (index + 1),
        classes: labels,
        problem:
          index === 2 && wanted.names === "long"
            ? "The folder can’t be read: permission denied. Change its rights or leave it out."
            : null,
      })),
    devices: async () => [
      { device: "cpu", available: true, reason: null },
      { device: "cuda", available: false, reason: "libcudart.so.12 was not found." },
      { device: "webgpu", available: true, reason: null },
    ],
    scans: {
      start: async () => ({ project: info.project, key: info.key }),
      startDemo: async () => ({ project: info.project, key: info.key }),
      watch: async () => forever([scan].filter(() => wanted.scan !== null)),
      pause: async () => ({}),
      resume: async () => ({}),
      cancel: async () => ({}),
      firstFinds: async () => ({
        images: 23_456,
        pairs: Array.from({ length: 7 }, (_, index) => ({
          a: index * 8 + 1,
          b: index * 8 + 2 + (index % 2),
          splitA: "train",
          splitB: index % 3 ? "test" : "train",
          pathA: `cat/DSC_0${index}17.jpg`,
          pathB: `cat/export/DSC_0${index}17 (edited copy, exported from the archive).jpg`,
          similarity: 0.999 - index * 0.004,
        })),
      }),
    },
    project: {
      recent: async () => recent,
      forget: async ({ project }: { project: string }) =>
        recent.filter((candidate) => candidate.project !== project),
      open: async () => {
        if (wanted.failure === null) return info;
        throw Object.assign(
          new Error(
            "It is not there. Connect the drive that it lies on, or scan the folders again.",
          ),
          {
            code: wanted.failure,
          },
        );
      },
      overview: async () => overview(wanted, splits, labels),
    },
    host: {
      ...client.host,
      events: async () => forever(null),
      listFolder: async ({ path }: { path: string | null }) => {
        const at = path ?? "/data";
        return {
          path: at,
          parent: at === "/" ? null : at.slice(0, at.lastIndexOf("/")) || "/",
          folders: [
            "train",
            "test",
            "val",
            "żółw 🐢",
            "a folder whose name is really rather long, longer than the dialog is wide, for certain",
          ].map((folder) => ({ name: folder, path: `${at}/${folder}` })),
          projects: [{ name: "pets.twinlens", path: `${at}/pets.twinlens` }],
          roots: ["/data"],
        };
      },
    },
  };
  return answers;
}

async function* forever<Value>(value: Value) {
  if (value !== null) yield value;
  await new Promise(() => {});
}

function unreadable(count: number, splits: readonly { name: string }[]) {
  return Array.from({ length: count }, (_, index) => ({
    split: splits[index % splits.length]?.name ?? "",
    path: `cat/some/deeper/folder/with quite a long path/Überraschung-${index}.jpg`,
    reason: "The file ends early: 1,204 of 81,234 bytes are there.",
  }));
}

function overview(
  { classes, clusters, unreadable: bad }: SampleCase,
  splits: readonly { name: string; root: string; images: number; unreadable: number }[],
  labels: readonly string[],
): Overview {
  const found = clusters > 0;
  const [train = "", test = "", val = ""] = splits.map((split) => split.name);
  const byLabel = (share: number, of: number) =>
    Object.fromEntries(
      labels.map((label, index) => [
        label,
        {
          images: Math.min(
            Math.ceil(of / classes),
            Math.ceil((of / classes) * share * ((index * 7) % 5)),
          ),
          of: Math.ceil(of / classes),
        },
      ]),
    );
  const leak = (from: string, into: string, images: number, of: number) => ({
    from,
    into,
    images,
    of,
    percent: (100 * images) / of,
    byLabel: byLabel(images / of / 2, of),
  });
  return {
    splits: [...splits],
    threshold: { strategy: "auto", confidence: AUTO_CONFIDENCE },
    leaks: found
      ? [
          leak(train, test, 420, 50_000),
          leak(test, train, 321, 10_000),
          leak(val, train, 12, 5000),
          leak(train, val, 14, 50_000),
          leak(test, val, 0, 10_000),
          leak(val, test, 1, 5000),
        ]
      : [],
    balance: Object.fromEntries(
      splits.map((split) => [
        split.name,
        Object.fromEntries(
          labels.map((label, index) => {
            const images = Math.ceil(split.images / classes / (1 + (index % 4) / 2));
            const distinct = found
              ? Math.max(0, images - ((index * 31) % Math.ceil(images / 3)))
              : images;
            return [label, { images, distinct }];
          }),
        ),
      ]),
    ),
    balanceAfter: {},
    imbalance: Object.fromEntries(
      splits.map(({ name }, i) => [
        name,
        {
          images: { ratio: 3 + i, entropy: 0.91 },
          distinct: { ratio: 2.8 + i, entropy: 0.93 },
          after: { ratio: 2.7 + i, entropy: 0.94 },
        },
      ]),
    ),
    unlabeled: { val: { images: 1200, distinct: 830 } },
    unreadable: unreadable(bad, splits),
    clusters,
    clusteredImages: clusters * 2.5,
    redundantImages: Math.round(clusters * 1.5),
    crossSplitClusters: Math.round(clusters / 8),
    labelConflicts: Math.round(clusters / 200),
    headline: found
      ? [
          [
            "3.2 % of ",
            { split: test },
            ", 321 of 10,000 images, has a duplicate in ",
            { split: train },
            ".",
          ],
          [
            "0.24 % of ",
            { split: val },
            ", 12 of 5,000 images, has a duplicate in ",
            { split: train },
            ".",
          ],
        ]
      : [["No duplicates found at confidence 0.90."]],
    bySplit: Object.fromEntries(
      splits.map((split) => [
        split.name,
        {
          images: split.images,
          distinct: Math.round(split.images * 0.96),
          duplicates: found ? Math.round(split.images * 0.07) : 0,
        },
      ]),
    ),
    kinds: found
      ? [
          { kind: "same-bytes", within: 812, across: 40 },
          { kind: "same-pixels", within: 70, across: 12 },
          { kind: "resized", within: 1310, across: 231 },
          { kind: "flipped", within: 22, across: 8 },
          { kind: "cropped", within: 61, across: 0 },
          { kind: "similar", within: 421, across: 77 },
        ]
      : [],
  };
}

import type { ContractRouterClient } from "@orpc/contract";
import type { ApplyCounts, ApplyResult } from "../../src-main/contract/apply.ts";
import type {
  ClusterDetail,
  ClusterFilter,
  ClusterRow,
  ClusterSort,
  Cut,
  CutFigures,
  Mark,
  ReviewImage,
} from "../../src-main/contract/cut.ts";
import type { Decision, DecisionState } from "../../src-main/contract/decisions.ts";
import { EVIDENCE_KINDS, type EvidenceKind } from "../../src-main/contract/evidence-kind.ts";
import type { appContract, PageApply } from "../../src-main/contract/host.ts";
import type { ImageId } from "../../src-main/contract/ids.ts";
import { DEFAULT_PROJECT_RULES, type ProjectRules } from "../../src-main/contract/keeper.ts";
import type { Plan, PlanOperation, PlanRequest } from "../../src-main/contract/plan.ts";
import type { ProjectInfo } from "../../src-main/contract/project.ts";
import { AUTO_CONFIDENCE, type Threshold } from "../../src-main/contract/threshold.ts";

/**
 * A project drawn from arithmetic, for looking at the page and measuring it without an engine. It answers from memory, on
 * the page's own thread.
 */

type Client = ContractRouterClient<typeof appContract>;

export interface SampleOptions {
  readonly clusters: number;
  /** Images of the first cluster. */
  readonly largest: number;
  readonly labels: number;
  readonly responses: number;
  /** Milliseconds that each answer takes. */
  readonly delay: number;
  /** Every decision fails. */
  readonly refuse: boolean;
}

export const SAMPLE: SampleOptions = {
  clusters: 200,
  largest: 24,
  labels: 12,
  responses: 1,
  delay: 0,
  refuse: false,
};

const SPLITS = ["train", "test", "val"] as const;
const SHARES = [0, 0, 0, 1, 1, 2] as const;
const NAMES = ["cat", "dog", "heron", "lorry", "oak", "plate", "rose", "ship", "tram", "wren"];
const SIZES = [
  [640, 480],
  [320, 240],
  [1024, 768],
  [480, 640],
  [96, 96],
  [32, 32],
] as const;
/** Ids of a cluster's images are consecutive, in a block of its own. */
const BLOCK = 8;

/** A fixed number in [0, 1) for a place in the sample. */
function chance(a: number, b: number): number {
  let hash = Math.imul(a + 1, 0x9e3779b1) ^ Math.imul(b + 7, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  hash = Math.imul(hash ^ (hash >>> 12), 0x297a2d39);
  return ((hash ^ (hash >>> 15)) >>> 0) / 2 ** 32;
}

const pick = <T>(of: readonly T[], share: number): T => of[Math.floor(share * of.length)] as T;

interface SampleImage extends Omit<ReviewImage, "mark" | "match" | "rightLabel" | "newcomer"> {
  /** Confidence of its link to the image before it; 1 for the first. */
  readonly link: number;
  readonly kind: EvidenceKind;
}

interface SampleCluster {
  readonly images: readonly SampleImage[];
}

function drawCluster(index: number, firstId: number, size: number, labels: string[]) {
  const scene = pick(labels, chance(index, 1));
  const across = chance(index, 2) < 0.4;
  const home = pick(SPLITS, (chance(index, 3) * 3) / 4);
  const images: SampleImage[] = [];
  for (let i = 0; i < size; i++) {
    const split = across && i > 0 ? SPLITS[pick(SHARES, chance(index, 20 + i))] : home;
    const label = chance(index, 40 + i) < 0.03 ? pick(labels, chance(index, 41 + i)) : scene;
    const [width, height] = pick(SIZES, i === 0 ? chance(index, 5) : chance(index, 60 + i));
    // The first cluster holds together at every usual threshold.
    const spread = index === 0 ? 0.08 : 0.45;
    const link = i === 0 ? 1 : 1 - spread * chance(index, 80 + i) ** 2.2;
    images.push({
      id: (firstId + i) as ImageId,
      split: split ?? "train",
      path: `${label}/${scene}-${String(firstId + i).padStart(6, "0")}${i % 3 === 2 ? " (edited copy, exported from the archive)" : ""}.jpg`,
      label,
      width,
      height,
      bytes: Math.round(width * height * (0.1 + 0.2 * chance(index, 90 + i))),
      format: chance(index, 95 + i) < 0.8 ? "jpeg" : "png",
      protected: false,
      link,
      kind:
        link > 0.97
          ? pick(EVIDENCE_KINDS.slice(0, 3), chance(index, 70 + i))
          : link > 0.85
            ? pick(EVIDENCE_KINDS.slice(2, 7), chance(index, 70 + i))
            : "similar",
    });
  }
  return { images };
}

const similarityOf = (confidence: number) => 0.72 + 0.28 * confidence ** 0.7;
const distanceOf = (similarity: number) => Math.sqrt(Math.max(0, 2 - 2 * similarity));

/** The least confidence of accepted pairs, whatever the threshold is given as. */
function leastConfidence(threshold: Threshold = { strategy: "auto" }): number {
  const fromSimilarity = (similarity: number) =>
    Math.max(0, (similarity - 0.72) / 0.28) ** (1 / 0.7);
  if (threshold.strategy === "confidence") return threshold.confidence;
  if (threshold.strategy === "cosine") return fromSimilarity(threshold.cosine);
  if (threshold.strategy === "distance") return fromSimilarity(1 - threshold.distance ** 2 / 2);
  return AUTO_CONFIDENCE;
}

function countBy(values: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}

interface Step {
  readonly words: string;
  readonly before: [ImageId, Mark | undefined][];
  readonly apart: ImageId[];
}

export class SampleProject {
  readonly options: SampleOptions;
  readonly info: ProjectInfo;
  rules: ProjectRules = DEFAULT_PROJECT_RULES;
  readonly #clusters: SampleCluster[] = [];
  readonly #clusterOf = new Map<ImageId, SampleCluster>();
  readonly #marks = new Map<ImageId, Mark>();
  readonly #labels = new Map<ImageId, string>();
  readonly #apart = new Set<ImageId>();
  readonly #gone = new Set<ImageId>();
  #revision = 0;
  #done: Step[] = [];
  #undone: Step[] = [];
  #shown: { cut: SampleImage[][]; key: string; clusters: SampleImage[][] } | null = null;
  #places: { clusters: SampleImage[][]; of: Map<ImageId, SampleImage[]> } | null = null;
  #cache: { key: string; clusters: SampleImage[][] } | null = null;

  constructor(options: Partial<SampleOptions> = {}) {
    this.options = { ...SAMPLE, ...options };
    const labels = Array.from({ length: this.options.labels }, (_, i) =>
      i < NAMES.length ? (NAMES[i] as string) : `class ${String(i).padStart(4, "0")}`,
    ).sort();
    let id = 1;
    for (let i = 0; i < this.options.clusters; i++) {
      const size = i === 0 ? this.options.largest : 2 + Math.floor(chance(i, 4) ** 4 * (BLOCK - 1));
      const cluster = drawCluster(i, id, size, labels);
      this.#clusters.push(cluster);
      for (const image of cluster.images) this.#clusterOf.set(image.id, cluster);
      id += size;
    }
    this.info = {
      project: "/data/pets.twinlens",
      key: "5a1e",
      name: "pets",
      splits: SPLITS.map((name, i) => ({
        name,
        root: `/data/pets/${name}`,
        images: [50_000, 10_000, 5_000][i] ?? 0,
        unreadable: i,
        protected: false,
        present: true,
      })),
      labels,
      responses: Array.from({ length: this.options.responses }, (_, i) => `layer-${i + 1}`),
      model: {
        name: "twinlens-v3-small",
        sha256: "0".repeat(64),
        dimensions: 256,
        device: "cpu",
        fallbacks: [],
        auto: null,
        calibrated: true,
      },
      neighbors: { k: 10, method: "exact", recall: 1 },
      seconds: { walk: 0.2, embed: 30, neighbors: 4, evidence: 6, total: 40.2 },
      request: null,
    };
  }

  /** The clusters at a threshold: runs of images whose links are sure enough. */
  #cut(cut: Cut): SampleImage[][] {
    const least = leastConfidence(cut.threshold) + (cut.response === "layer-2" ? 0.02 : 0);
    const key = `${least}/${this.#revision}`;
    if (this.#cache?.key === key) return this.#cache.clusters;
    const clusters: SampleImage[][] = [];
    for (const { images } of this.#clusters) {
      let run: SampleImage[] = [];
      for (const image of images) {
        if (this.#gone.has(image.id)) continue;
        if (run.length > 0 && (image.link < least || this.#apart.has(image.id))) {
          if (run.length > 1) clusters.push(run);
          run = [];
        }
        run.push(image);
      }
      if (run.length > 1) clusters.push(run);
    }
    this.#cache = { key, clusters };
    return clusters;
  }

  #passes(images: SampleImage[], filter: ClusterFilter): boolean {
    const splits = new Set(images.map(({ split }) => split));
    if (filter.acrossSplits && splits.size < 2) return false;
    if (filter.splitPair && !filter.splitPair.every((split) => splits.has(split))) return false;
    if (filter.kinds?.length && !images.slice(1).some(({ kind }) => filter.kinds?.includes(kind)))
      return false;
    if (filter.labels?.length && !images.some(({ label }) => filter.labels?.includes(label ?? "")))
      return false;
    if (filter.labelConflict && new Set(images.map(({ label }) => label)).size < 2) return false;
    const decided = images.every(({ id }) => this.#marks.has(id));
    if (filter.decided === "open" && decided) return false;
    if (filter.decided === "decided" && !decided) return false;
    if (filter.minSize && images.length < filter.minSize) return false;
    if (filter.maxSize && images.length > filter.maxSize) return false;
    const text = filter.text?.toLowerCase() ?? "";
    return text === "" || images.some(({ path }) => path.toLowerCase().includes(text));
  }

  #sorted(clusters: SampleImage[][], sort: ClusterSort = "leaks"): SampleImage[][] {
    const weakest = (images: SampleImage[]) => Math.min(...images.slice(1, 50).map((i) => i.link));
    const leak = (images: SampleImage[]) =>
      (new Set(images.map(({ split }) => split)).size > 1 ? 2 : 0) +
      (images.some(({ split }) => split === "train") ? 1 : 0);
    const keys = new Map(
      clusters.map((images) => [
        images,
        sort === "size"
          ? -images.length
          : sort === "weakest"
            ? weakest(images)
            : sort === "tightest"
              ? -weakest(images)
              : -leak(images) - weakest(images),
      ]),
    );
    return clusters.toSorted((a, b) => (keys.get(a) ?? 0) - (keys.get(b) ?? 0));
  }

  #row(images: SampleImage[]): ClusterRow {
    const marks = images.map(({ id }) => this.#marks.get(id));
    const weakest = similarityOf(Math.min(...images.slice(1).map(({ link }) => link)));
    return {
      anchor: (images[0] as SampleImage).id,
      size: images.length,
      splits: countBy(images.map(({ split }) => split)),
      mean: distanceOf(weakest) / 2,
      weakest,
      kinds: EVIDENCE_KINDS.filter((kind) => images.slice(1).some((image) => image.kind === kind)),
      labelConflict: new Set(images.map(({ label }) => label)).size > 1,
      marked: {
        keep: marks.filter((mark) => mark === "keep").length,
        remove: marks.filter((mark) => mark === "remove").length,
      },
      labelsSettled: images.every(({ id }) => this.#labels.has(id)),
      newcomers: 0,
      images: images.slice(0, 8).map(({ id }) => id),
    };
  }

  figures(cut: Cut): CutFigures {
    const clusters = this.#cut(cut);
    const least = leastConfidence(cut.threshold);
    const clustered = clusters.reduce((sum, images) => sum + images.length, 0);
    let links = 0;
    let count = 0;
    const leaking = { test: 0, val: 0 };
    let decided = 0;
    let across = 0;
    let conflicts = 0;
    for (const images of clusters) {
      const splits = new Set(images.map(({ split }) => split));
      if (splits.size > 1) across++;
      if (new Set(images.map(({ label }) => label)).size > 1) conflicts++;
      if (images.every(({ id }) => this.#marks.has(id))) decided++;
      for (const { link, split } of images) {
        if (link < 1) {
          links += link;
          count++;
        }
        if (split !== "train" && splits.has("train")) leaking[split as "test" | "val"]++;
      }
    }
    const threshold = cut.threshold ?? { strategy: "auto" };
    let closest: CutFigures["closest"] = null;
    if (clusters.length === 0) {
      for (const { images } of this.#clusters) {
        for (const [i, image] of images.entries()) {
          const previous = images[i - 1];
          if (!previous || image.link >= least || image.link <= (closest?.confidence ?? 0))
            continue;
          const similarity = similarityOf(image.link);
          closest = { a: previous.id, b: image.id, similarity, confidence: image.link };
        }
      }
    }
    return {
      threshold:
        threshold.strategy === "auto" ? { strategy: "auto", confidence: least } : threshold,
      clusters: clusters.length,
      clusteredImages: clustered,
      redundantImages: clustered - clusters.length,
      crossSplitClusters: across,
      labelConflicts: conflicts,
      settledConflicts: 0,
      decidedClusters: decided,
      leaks: [
        { from: "test", images: leaking.test, of: 10_000 },
        { from: "val", images: leaking.val, of: 5_000 },
      ].map((leak) => ({ ...leak, into: "train", percent: (leak.images / leak.of) * 100 })),
      precision: count ? links / count : null,
      closest,
    };
  }

  histogram(column: "confidence" | "similarity" | "distance") {
    const bins = 100;
    const [from, to] =
      column === "confidence" ? [0, 1] : column === "similarity" ? [0.72, 1] : [0, 0.75];
    const within = new Array<number>(bins).fill(0);
    const across = new Array<number>(bins).fill(0);
    for (const { images } of this.#clusters) {
      for (const [i, image] of images.entries()) {
        const previous = images[i - 1];
        if (!previous) continue;
        const similarity = similarityOf(image.link);
        const value =
          column === "confidence"
            ? image.link
            : column === "similarity"
              ? similarity
              : distanceOf(similarity);
        const bin = Math.min(bins - 1, Math.floor(((value - from) / (to - from)) * bins));
        const counts = previous.split === image.split ? within : across;
        counts[bin] = (counts[bin] ?? 0) + 1;
      }
    }
    return { column, from, to, within, across };
  }

  page(
    input: Cut & {
      filter?: ClusterFilter;
      sort?: ClusterSort;
      offset: number;
      limit: number;
      locate?: ImageId;
    },
  ) {
    const cut = this.#cut(input);
    const key = JSON.stringify([input.filter, input.sort]);
    if (this.#shown?.cut !== cut || this.#shown.key !== key) {
      const passing = cut.filter((images) => this.#passes(images, input.filter ?? {}));
      this.#shown = { cut, key, clusters: this.#sorted(passing, input.sort) };
    }
    const { clusters } = this.#shown;
    const located = input.locate
      ? clusters.findIndex((images) => images.some(({ id }) => id === input.locate))
      : -1;
    return {
      total: clusters.length,
      offset: input.offset,
      rows: clusters.slice(input.offset, input.offset + input.limit).map((i) => this.#row(i)),
      located: located < 0 ? null : located,
    };
  }

  #imagesOf(cut: Cut, image: ImageId): SampleImage[] | undefined {
    const drawn = this.#clusterOf.get(image);
    if (!drawn) return;
    const clusters = this.#cut(cut);
    if (this.#places?.clusters !== clusters) {
      const of = new Map(clusters.flatMap((images) => images.map(({ id }) => [id, images])));
      this.#places = { clusters, of };
    }
    return this.#places.of.get(image);
  }

  review(image: SampleImage, images: readonly SampleImage[]): ReviewImage {
    const { link, kind, ...rest } = image;
    const i = images.indexOf(image);
    const after = images[i + 1];
    const pairs = [
      ...(i > 0 ? [{ other: (images[i - 1] as SampleImage).id, confidence: link, kind }] : []),
      ...(after ? [{ other: after.id, confidence: after.link, kind: after.kind }] : []),
    ].sort((a, b) => b.confidence - a.confidence);
    const best = pairs[0];
    return {
      ...rest,
      mark: this.#marks.get(image.id) ?? null,
      rightLabel: this.#labels.get(image.id) ?? null,
      newcomer: false,
      match: best ? { ...best, similarity: similarityOf(best.confidence) } : null,
    };
  }

  detail(cut: Cut, image: ImageId): ClusterDetail | null {
    const images = this.#imagesOf(cut, image);
    if (!images) return null;
    const pairs = images.slice(1).map((b, i) => ({
      a: (images[i] as SampleImage).id,
      b: b.id,
      similarity: similarityOf(b.link),
      confidence: b.link,
      kind: b.kind,
    }));
    const weakest = pairs.toSorted((a, b) => a.similarity - b.similarity)[0];
    if (!weakest) return null;
    const row = this.#row(images);
    const best = images.toSorted((a, b) => b.width * b.height - a.width * a.height)[0];
    return {
      anchor: row.anchor,
      size: row.size,
      mean: row.mean,
      std: row.mean / 4,
      minSimilarity: row.weakest - 0.01,
      weakestLink: { a: weakest.a, b: weakest.b, similarity: weakest.similarity },
      splits: row.splits,
      labels: countBy(images.map(({ label }) => label ?? "")),
      labelsSettled: row.labelsSettled,
      images: images.map((i) => this.review(i, images)),
      pairs,
      best: { keep: best ? [best.id] : [], reason: "largest resolution" },
    };
  }

  state(refused = 0): DecisionState {
    const marks = [...this.#marks.values()];
    return {
      revision: this.#revision,
      keep: marks.filter((mark) => mark === "keep").length,
      remove: marks.filter((mark) => mark === "remove").length,
      notDuplicates: this.#apart.size,
      corrections: this.#labels.size,
      undo: this.#done.at(-1)?.words ?? null,
      redo: this.#undone.at(-1)?.words ?? null,
      image: null,
      refused,
    };
  }

  #apply(words: string, marks: [ImageId, Mark | null][], apart: ImageId[] = []): DecisionState {
    const before = marks.map(([id]): [ImageId, Mark | undefined] => [id, this.#marks.get(id)]);
    for (const [id, mark] of marks) {
      if (mark) this.#marks.set(id, mark);
      else this.#marks.delete(id);
    }
    for (const id of apart) this.#apart.add(id);
    this.#done.push({ words, before, apart });
    this.#undone = [];
    this.#revision++;
    return this.state();
  }

  decide(decision: Decision): DecisionState {
    if (this.options.refuse) throw new Error("The disk is full. Free some space and try again.");
    const only = (images: SampleImage[], keep: readonly ImageId[]): [ImageId, Mark][] =>
      images.map(({ id }) => [id, keep.includes(id) ? "keep" : "remove"]);
    const many = (n: number) => `${n} ${n === 1 ? "image" : "images"}`;
    if (decision.type === "mark") {
      const words = `${decision.mark === "remove" ? "remove" : decision.mark === "keep" ? "keep" : "unmark"} ${many(decision.images.length)}`;
      return this.#apply(
        words,
        decision.images.map((id) => [id as ImageId, decision.mark]),
      );
    }
    if (decision.type === "notDuplicates") {
      return this.#apply(
        "say 2 images are not duplicates",
        [],
        [Math.max(decision.a, decision.b) as ImageId],
      );
    }
    if (decision.type === "label") return this.#label(decision.images as ImageId[], decision.label);
    if (decision.type === "filtered") {
      const clusters = this.#cut(decision.cut as Cut).filter((i) =>
        this.#passes(i, decision.filter),
      );
      const marks = clusters.flatMap((images): [ImageId, Mark | null][] =>
        decision.mark === "best"
          ? only(
              images,
              this.detail(decision.cut as Cut, (images[0] as SampleImage).id)?.best.keep ?? [],
            )
          : images.map(({ id }) => [
              id,
              decision.mark === "clear" ? null : (decision.mark as Mark),
            ]),
      );
      return this.#apply(`mark ${many(marks.length)}`, marks);
    }
    const cut = decision.of as Cut & { image: ImageId };
    const detail = this.detail(cut, cut.image);
    const images = this.#imagesOf(cut, cut.image);
    if (!detail || !images) throw new Error("The image stands in no cluster at this threshold.");
    if (decision.type === "labelCluster") {
      return this.#label(
        images.map(({ id }) => id),
        decision.label,
      );
    }
    if (decision.type === "keepOnly")
      return this.#apply(`keep 1 of ${many(images.length)}`, only(images, [cut.image]));
    if (decision.type === "keepBest")
      return this.#apply(`keep the best of ${many(images.length)}`, only(images, detail.best.keep));
    if (decision.type === "splitCluster")
      return this.#apply("split a cluster", [], [detail.weakestLink.b]);
    return this.#apply(
      `say ${many(images.length)} are not duplicates`,
      [],
      images.map(({ id }) => id),
    );
  }

  #label(images: readonly ImageId[], label: string | null): DecisionState {
    for (const id of images) {
      if (label === null) this.#labels.delete(id);
      else this.#labels.set(id, label);
    }
    return this.#apply(`label ${images.length} images`, []);
  }

  undo(): DecisionState {
    const last = this.#done.pop();
    if (last) this.#swap(last, this.#undone, true);
    return this.state();
  }

  redo(): DecisionState {
    const last = this.#undone.pop();
    if (last) this.#swap(last, this.#done, false);
    return this.state();
  }

  #swap(last: Step, onto: Step[], back: boolean): void {
    const now = last.before.map(([id]): [ImageId, Mark | undefined] => [id, this.#marks.get(id)]);
    for (const [id, mark] of last.before) {
      if (mark) this.#marks.set(id, mark);
      else this.#marks.delete(id);
    }
    for (const id of last.apart) {
      if (back) this.#apart.delete(id);
      else this.#apart.add(id);
    }
    onto.push({ ...last, before: now });
    this.#revision++;
  }

  image(id: ImageId): SampleImage | undefined {
    return this.#clusterOf.get(id)?.images.find((image) => image.id === id);
  }

  nearest(limit: number, id = 1 as ImageId) {
    const own = this.#clusterOf.get(id)?.images ?? [];
    const others = this.#clusters.slice(0, limit).flatMap(({ images }) => images.slice(0, 1));
    return [...own, ...others]
      .filter((image) => image.id !== id)
      .slice(0, limit)
      .map((image, i) => {
        const { match, rightLabel, newcomer, ...rest } = this.review(image, [image]);
        const known = i < own.length - 1;
        return {
          image: rest,
          similarity: known ? similarityOf(image.link) : 0.85 - i * 0.004,
          confidence: known ? image.link : null,
          kind: known ? image.kind : null,
        };
      })
      .sort((a, b) => b.similarity - a.similarity);
  }

  /** What is marked, and with rules every copy that links surely enough to one before it. */
  plan(request: PlanRequest): Plan {
    const { kinds = [], mayEmpty = [] } = request;
    const clusterOf = new Map<ImageId, SampleImage[]>();
    const chosen = new Set<ImageId>();
    for (const images of this.#cut(request)) {
      const free = images.filter(({ id }) => !this.#marks.has(id));
      for (const image of images) clusterOf.set(image.id, images);
      for (const { id, kind } of free.slice(1)) if (kinds.includes(kind)) chosen.add(id);
    }
    const isMarked = (id: ImageId) => this.#marks.get(id) === "remove";
    const going = [...this.#clusterOf.keys()].filter((id) => isMarked(id) || chosen.has(id));
    const operations = going.flatMap((id): PlanOperation[] => {
      const image = this.image(id);
      if (!image) return [];
      const images = clusterOf.get(id) ?? [];
      const { split, path, label, bytes } = image;
      const keeper = images.find((other) => !isMarked(other.id) && !chosen.has(other.id)) ?? null;
      return [
        {
          image: id,
          split,
          path,
          label,
          bytes,
          sha256: "0".repeat(64),
          cluster: images[0]?.id ?? null,
          reason: isMarked(id) ? "marked remove" : `${image.kind} copy; kept: the largest`,
          keeper: keeper && { split: keeper.split, path: keeper.path },
          sidecars: id % 5 === 0 ? [path.replace(".jpg", ".txt")] : [],
        },
      ];
    });
    const allowed = (id: ImageId) => mayEmpty === "all" || mayEmpty.includes(id);
    const emptied = this.#cut(request)
      .filter((images) => images.every(({ id }) => isMarked(id)))
      .map((images) => {
        const cluster = (images[0] as SampleImage).id;
        return { cluster, size: images.length, allowed: allowed(cluster) };
      });
    const held = new Set(emptied.flatMap((one) => (one.allowed ? [] : [one.cluster])));
    const free = operations.filter(({ cluster }) => cluster === null || !held.has(cluster));
    const sum = (some: readonly PlanOperation[]) => ({
      images: some.length,
      bytes: some.reduce((bytes, one) => bytes + one.bytes, 0),
    });
    const balance: Plan["balance"] = {};
    for (const { split, label } of free) {
      const labels = balance[split] ?? {};
      const counts = labels[label ?? ""] ?? { before: 400, after: 400 };
      labels[label ?? ""] = { ...counts, after: counts.after - 1 };
      balance[split] = labels;
    }
    const leaks = this.figures(request).leaks.map(({ from, into, images, of, percent }) => ({
      from,
      into,
      before: { images, of, percent },
      after: { images: 0, of, percent: 0 },
    }));
    const bySplit = Map.groupBy(free, ({ split }) => split);
    return {
      schema: "twinlens.plan/1",
      twinlens: "0.1.0",
      project: this.info.project,
      threshold: request.threshold ?? { strategy: "auto" },
      response: request.response ?? this.info.responses[0] ?? "",
      rules: this.rules.rules,
      rulesFrom: "project",
      kinds,
      splits: this.info.splits,
      mayEmpty,
      operations,
      emptied,
      totals: {
        ...sum(free),
        sidecars: free.reduce((count, { sidecars }) => count + sidecars.length, 0),
        bySplit: Object.fromEntries(Array.from(bySplit, ([split, some]) => [split, sum(some)])),
      },
      balance,
      leaks,
      outside: [],
      warnings: [],
    };
  }

  remove(id: ImageId): void {
    this.#gone.add(id);
    this.#marks.delete(id);
    this.#revision++;
  }
}

/** A client of a sample project. Parts of the contract that the review does not use are missing. */
export function sampleClient(sample: SampleProject): Client {
  const after = async <T>(answer: () => T): Promise<T> => {
    if (sample.options.delay > 0) {
      await new Promise((resolve) => setTimeout(resolve, sample.options.delay));
    }
    return answer();
  };
  type In<F> = F extends (input: infer I, ...rest: never[]) => unknown ? NonNullable<I> : never;
  const client = {
    project: { open: () => after(() => sample.info) },
    review: {
      figures: (cut: Cut) => after(() => sample.figures(cut)),
      histogram: ({ column }: In<Client["review"]["histogram"]>) =>
        after(() => sample.histogram(column)),
      clusters: (input: Parameters<SampleProject["page"]>[0]) => after(() => sample.page(input)),
      cluster: (input: Cut & { image: ImageId }) => after(() => sample.detail(input, input.image)),
    },
    decisions: {
      state: () => after(() => sample.state()),
      decide: ({ decision }: { decision: Decision }) => after(() => sample.decide(decision)),
      undo: () => after(() => sample.undo()),
      redo: () => after(() => sample.redo()),
    },
    keeper: {
      rules: () => after(() => sample.rules),
      setRules: ({ project: _, ...rules }: In<Client["keeper"]["setRules"]>) =>
        after(() => {
          sample.rules = rules as ProjectRules;
        }),
    },
    plan: { make: (request: PlanRequest) => after(() => sample.plan(request)) },
    apply: { last: () => after(() => null) },
    pictures: {
      alignment: ({ on, images }: { on: ImageId; images: ImageId[] }) =>
        after(() =>
          images.map((id) => ({
            mirrored: sample.image(id)?.kind === "flipped" && id > on,
            turns: 0,
            frame: { x: 0, y: 0, width: 1, height: 1 },
          })),
        ),
      details: ({ images }: { images: ImageId[] }) =>
        after(() =>
          images.flatMap((id) => {
            const image = sample.image(id);
            if (!image) return [];
            const { link, kind, protected: _, id: __, ...rest } = image;
            return {
              ...rest,
              image: id,
              file: `/data/pets/${image.split}/${image.path}`,
              sha256: `${kind}-${link}`,
              modifiedAt: 1.7e12 + (id % 3) * 1e9,
              exif:
                id % 2
                  ? [
                      { name: "Model", value: "NIKON D850" },
                      { name: "ISOSpeedRatings", value: "200" },
                    ]
                  : [{ name: "Model", value: "NIKON D850" }],
            };
          }),
        ),
    },
    similar: {
      toImage: ({ image, limit }: { image: ImageId; limit: number }) =>
        after(() => sample.nearest(limit, image)),
      toPicture: ({ limit }: { limit: number }) => after(() => sample.nearest(limit)),
    },
    host: {
      info: () =>
        after(() => ({ kind: "browser", platform: "linux", version: "0.1.0", opened: [] })),
      apply: async ({ dryRun, ...request }: PageApply) =>
        (async function* (): AsyncGenerator<ApplyResult, ApplyCounts> {
          const counts = { done: 0, left: 0 };
          for (const { image, split, path, sidecars } of sample.plan(request).operations) {
            await new Promise((resolve) => setTimeout(resolve, 30));
            const done = image % 7 !== 0;
            const reason = done ? null : "it has changed since the scan; scan again";
            counts[done ? "done" : "left"]++;
            if (done && !dryRun) sample.remove(image);
            const facts = { to: null, sidecars: sidecars.length, reason, refusedByTrash: false };
            yield { image, split, path, done, ...facts };
          }
          return counts;
        })(),
    },
  };
  return client as unknown as Client;
}

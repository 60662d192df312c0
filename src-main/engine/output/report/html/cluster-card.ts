import type { EvidenceKind } from "../../../../contract/evidence-kind.ts";
import type { ImageId } from "../../../../contract/ids.ts";
import type {
  Report,
  ReportCluster,
  ReportImage,
  ReportPair,
} from "../../../../contract/report.ts";
import { bytesText, countOf, countText, scoreText } from "../../../../text/figures.ts";
import { bestPairByImage } from "../../../analysis/figures/cluster-pairs.ts";
import { escapeHtml, nameHtml, pathHtml, visibleName } from "./escape.ts";
import type { SplitBadges } from "./split-badge.ts";
import { thumbnailHtml } from "./thumbnail.ts";

/** Images of one cluster that are shown; a cluster of black frames may have thousands. */
const MAX_TILES = 24;

/** How an image matches another, in words that hold in both directions. */
const KIND_TEXT: Record<EvidenceKind, (other: string) => string> = {
  "same-bytes": (other) => `same bytes as ${other}`,
  "same-pixels": (other) => `same pixels as ${other}`,
  resized: (other) => `same as ${other}, resized`,
  flipped: (other) => `same as ${other}, flipped`,
  rotated: (other) => `same as ${other}, rotated`,
  cropped: (other) => `same as ${other}, cropped`,
  recolored: (other) => `same as ${other}, recolored`,
  similar: (other) => `similar to ${other}`,
};
/** `resized` also stands for a copy of the same size that was saved again. */
const reEncodedText = (other: string) => `same as ${other}, re\u2011encoded`;

/** What the cards of one page share. */
export interface CardContext {
  readonly report: Report;
  readonly imageById: ReadonlyMap<ImageId, ReportImage>;
  readonly conflicts: ReadonlySet<number>;
  readonly badges: SplitBadges;
  readonly thumbnail: (id: ImageId) => Uint8Array | null;
  /** Several responses were scanned, so each card must name its own. */
  readonly namesResponse: boolean;
}

/** Whether the cluster holds images of more than one split. */
export function isLeak(cluster: ReportCluster): boolean {
  return Object.values(cluster.splits).filter((images) => images > 0).length > 1;
}

/** One cluster: what it holds, and its images side by side, each with how it matches the first. */
export function clusterCard(cluster: ReportCluster, context: CardContext): string {
  const { report, conflicts, imageById, namesResponse } = context;
  const splitOrder = new Map(report.splits.map(({ name }, i) => [name, i]));
  const images = cluster.images
    .flatMap((id) => imageById.get(id) ?? [])
    .sort((a, b) => (splitOrder.get(a.split) ?? 0) - (splitOrder.get(b.split) ?? 0));
  const tiles = fairSample(images, MAX_TILES);
  const conflict = conflicts.has(cluster.id);
  const attributes = [
    'class="cluster"',
    `style="--tiles:${Math.max(2, tiles.length)}"`,
    `id="cluster-${cluster.id}"`,
    `data-cluster="${cluster.id}"`,
    ...(isLeak(cluster) ? ["data-leak"] : []),
    ...(conflict ? ["data-conflict"] : []),
  ];
  const tags = [
    ...(isLeak(cluster) ? ['<span class="tag leak">across splits</span>'] : []),
    ...(conflict ? ['<span class="tag">labels differ</span>'] : []),
    ...(namesResponse ? [`<span class="tag">${nameHtml(cluster.response)}</span>`] : []),
  ];
  const hidden = images.length - tiles.length;
  const pairOf = matches(cluster, tiles[0]);
  const items = tiles.map((image, i) => {
    const pair = i === 0 ? undefined : pairOf.get(image.id);
    return tileHtml(image, i + 1, pair ? matchHtml(image, pair, tiles) : "", context);
  });
  return `<article ${attributes.join(" ")}>
<header><h3>Cluster ${countText(cluster.id)}</h3>${tags.join("")}<p>${splitCounts(cluster, report)}</p></header>
<ol class="tiles">${items.join("")}</ol>
${hidden > 0 ? `<p class="more">and ${countOf(hidden, "more image", "more images")}, listed in the JSON and CSV reports</p>` : ""}</article>
`;
}

function splitCounts(cluster: ReportCluster, report: Report): string {
  const counts = report.splits.flatMap(({ name }) => {
    const images = Object.hasOwn(cluster.splits, name) ? cluster.splits[name] : 0;
    return images ? [`${countText(images)} ${nameHtml(name)}`] : [];
  });
  return `${counts.join(" · ")} · least similar ${scoreText(cluster.minSimilarity)}`;
}

/** At most `limit` of the images in their order, some of every split: a leak's one test image must not be cut off. */
function fairSample(images: readonly ReportImage[], limit: number): ReportImage[] {
  if (images.length <= limit) return [...images];
  const bySplit = Map.groupBy(images, (image) => image.split);
  const share = Math.max(1, Math.floor(limit / bySplit.size));
  const chosen = new Set([...bySplit.values()].flatMap((members) => members.slice(0, share)));
  for (const image of images) {
    if (chosen.size >= limit) break;
    chosen.add(image);
  }
  return images.filter((image) => chosen.has(image));
}

/** For each image the pair that joins it with the first one shown or, where those two were not compared, its surest. */
function matches(cluster: ReportCluster, first: ReportImage | undefined): Map<ImageId, ReportPair> {
  const pairs = bestPairByImage(cluster);
  for (const pair of cluster.pairs) {
    if (pair.a === first?.id || pair.b === first?.id) pairs.set(otherOf(pair, first.id), pair);
  }
  return pairs;
}

function otherOf(pair: ReportPair, id: ImageId): ImageId {
  return pair.a === id ? pair.b : pair.a;
}

function tileHtml(
  image: ReportImage,
  position: number,
  match: string,
  { badges, thumbnail }: CardContext,
): string {
  const label = image.label === null ? "" : `<span class="label">${nameHtml(image.label)}</span>`;
  return `<li><figure><div class="matte">${thumbnailHtml(image, thumbnail(image.id))}</div><figcaption>
<span class="who">${badges.badge(image.split)}${label}<span class="position">${position}</span></span>
<span class="path" title="${escapeHtml(visibleName(image.path))}">${pathHtml(image.path)}</span>
<span class="facts">${image.width} × ${image.height} · ${bytesText(image.bytes)} · ${escapeHtml(image.format)}</span>
${match}</figcaption></figure></li>`;
}

function matchHtml(image: ReportImage, pair: ReportPair, tiles: readonly ReportImage[]): string {
  const otherId = otherOf(pair, image.id);
  const other = tiles.find(({ id }) => id === otherId);
  const otherText = other === undefined ? "an image not shown" : `${tiles.indexOf(other) + 1}`;
  const isSameSize = other?.width === image.width && other.height === image.height;
  const text = pair.kind === "resized" && isSameSize ? reEncodedText : KIND_TEXT[pair.kind];
  return `<span class="match"><span class="kind">${text(otherText)}</span><span>similarity <b>${scoreText(pair.similarity)}</b></span><span>confidence <b>${scoreText(pair.confidence)}</b></span></span>`;
}

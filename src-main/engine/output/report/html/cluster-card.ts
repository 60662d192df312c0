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

/** Most images shown of one cluster; a cluster of black frames may have thousands. */
const MAX_TILES = 24;

/** Largest side of a thumbnail on the page, in CSS pixels. */
const TILE_PX = 160;
/** Images up to this side are enlarged by a whole factor, with sharp pixels. */
const TINY_PX = 80;

/** How an image matches another, worded to apply in both directions. */
const KIND_TEXT: Record<EvidenceKind, (other: string) => string> = {
  "same-bytes": (other) => `same bytes as ${other}`,
  "same-pixels": (other) => `same pixels as ${other}`,
  resized: (other) => `same as ${other}, resized`,
  flipped: (other) => `same as ${other}, flipped`,
  rotated: (other) => `same as ${other}, rotated`,
  cropped: (other) => `same as ${other}, cropped`,
  recolored: (other) => `same as ${other}, recolored`,
  similar: (other) => `similar to ${other}`,
  edited: (other) => `same as ${other}, with a difference`,
};
/** `resized` also covers a re-encoded copy of the same size. */
const reEncodedText = (other: string) => `same as ${other}, re\u2011encoded`;

/** What all cards of a page share. */
export interface CardContext {
  readonly report: Report;
  readonly imageById: ReadonlyMap<ImageId, ReportImage>;
  readonly conflicts: ReadonlySet<number>;
  readonly badges: SplitBadges;
  readonly thumbnail: (id: ImageId) => Uint8Array | null;
  /** Whether each card names its model output, because the scan compared by several. */
  readonly namesOutput: boolean;
}

/** Whether the cluster has images of more than one split. */
export function isLeak(cluster: ReportCluster): boolean {
  return Object.values(cluster.splits).filter((images) => images > 0).length > 1;
}

/** One cluster: its images side by side, each with how it matches the first. */
export function clusterCard(cluster: ReportCluster, context: CardContext): string {
  const { report, conflicts, imageById, namesOutput } = context;
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
    ...(namesOutput ? [`<span class="tag">${nameHtml(cluster.response)}</span>`] : []),
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
${hidden > 0 ? `<p class="more">and ${countOf(hidden, "more image")}, listed in the JSON and CSV reports</p>` : ""}</article>
`;
}

function splitCounts(cluster: ReportCluster, report: Report): string {
  const counts = report.splits.flatMap(({ name }) => {
    const images = Object.hasOwn(cluster.splits, name) ? cluster.splits[name] : 0;
    return images ? [`${countText(images)} ${nameHtml(name)}`] : [];
  });
  return `${counts.join(" · ")} · least similar ${scoreText(cluster.minSimilarity)}`;
}

/** At most `limit` images, in order, with some of every split, so that a leak's only test image is never cut off. */
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

/** For each image, its pair with the first one shown or, if those two were not compared, its best pair. */
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

/** An image's thumbnail, or a placeholder if there is none. */
function thumbnailHtml(image: ReportImage, bytes: Uint8Array | null): string {
  const type = bytes === null ? null : mediaType(bytes);
  if (bytes === null || type === null) {
    return `<span class="no-picture" role="img" aria-label="No thumbnail"><span>no thumbnail<br>${image.width} × ${image.height}</span></span>`;
  }
  const side = Math.max(image.width, image.height, 1);
  const factor = side <= TINY_PX ? Math.floor(TILE_PX / side) : TILE_PX / side;
  const width = Math.max(1, Math.round(image.width * factor));
  const height = Math.max(1, Math.round(image.height * factor));
  const look = side <= TINY_PX ? ' class="tiny"' : "";
  const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
  const alt = escapeHtml(visibleName(`${image.split}: ${image.path}`));
  return `<img${look} width="${width}" height="${height}" alt="${alt}" decoding="async" src="data:${type};base64,${data}">`;
}

/** The media type by the first bytes; `null` for a format that browsers may not show. */
function mediaType(bytes: Uint8Array): string | null {
  const head = String.fromCharCode(...bytes.subarray(0, 12));
  if (head.startsWith("\xff\xd8\xff")) return "image/jpeg";
  if (head.startsWith("\x89PNG")) return "image/png";
  if (head.startsWith("RIFF") && head.endsWith("WEBP")) return "image/webp";
  return null;
}

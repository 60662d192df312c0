import type { ImageId } from "../../../contract/ids.ts";
import type { Sentence } from "../../../contract/project.ts";
import type { Report, ReportCluster } from "../../../contract/report.ts";
import { countOf, countText } from "../../../text/figures.ts";
import { leaksIntoTraining, plainText, reportHeadline } from "../../../text/headline.ts";
import { trainingSplit } from "../../../text/splits.ts";
import { formatThreshold } from "../../../text/thresholds.ts";
import { type CardContext, clusterCard, isLeak } from "./html/cluster-card.ts";
import { escapeHtml } from "./html/escape.ts";
import { CONTENT_SECURITY_POLICY, SCRIPT } from "./html/script.ts";
import {
  balanceHtml,
  conflictsHtml,
  figuresHtml,
  leakPairsHtml,
  leaksHtml,
  methodHtml,
  notComparedHtml,
  splitsHtml,
  unreadableHtml,
} from "./html/sections.ts";
import { SplitBadges } from "./html/split-badge.ts";
import { STYLE } from "./html/style.ts";

/** Clusters on a page, which is about 10 MB with thumbnails. */
const MAX_CLUSTERS = 500;

export interface HtmlReportOptions {
  /** An image's thumbnail as JPEG, PNG or WebP; `null` if there is none. Called once per image shown, in page order. */
  readonly thumbnail: (id: ImageId) => Uint8Array | null;
  /** The most clusters to show, leaks first. */
  readonly maxClusters?: number;
}

/**
 * The report as a self-contained HTML page, in chunks of one cluster. It has no date and no timings: equal reports give equal pages.
 */
export function* htmlReport(report: Report, options: HtmlReportOptions): Generator<string> {
  const badges = new SplitBadges(report.splits);
  const clusters = leaksFirst(report.clusters).slice(0, options.maxClusters ?? MAX_CLUSTERS);
  const sentences = reportHeadline(report);

  yield `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${CONTENT_SECURITY_POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="Twinlens ${escapeHtml(report.twinlens)}">
<title>${escapeHtml(plainText(sentences[0]))} · Twinlens</title>
<style>${STYLE}</style>
</head>
<body>
<header class="top"><p class="brand">${LOGO}Twinlens</p><p>Duplicate report</p></header>
<main>
`;
  yield heroHtml(report, sentences, badges);
  yield notComparedHtml(report);
  yield figuresHtml(report);
  yield panelsHtml(report, clusters, badges);
  yield leakPairsHtml(report, badges);
  yield* clustersHtml(report, clusters, badges, options);
  yield unreadableHtml(report, badges);
  yield `</main>
<footer><p>Made by Twinlens ${escapeHtml(report.twinlens)}. This page is a single file that loads and sends nothing. It contains thumbnails of your images.</p></footer>
<script>${SCRIPT}</script>
</body>
</html>
`;
}

const LOGO = `<svg viewBox="0 0 28 20" width="28" height="20" aria-hidden="true"><circle cx="10" cy="10" r="8.5"/><circle cx="18" cy="10" r="8.5"/></svg>`;

/** Clusters across splits, then the others, each in the report's order. */
function leaksFirst(clusters: readonly ReportCluster[]): ReportCluster[] {
  const { leaks = [], others = [] } = Object.groupBy(clusters, (cluster) =>
    isLeak(cluster) ? "leaks" : "others",
  );
  return [...leaks, ...others];
}

function heroHtml(
  report: Report,
  [first, ...more]: readonly [Sentence, ...Sentence[]],
  badges: SplitBadges,
): string {
  const html = (sentence: Sentence) =>
    sentence
      .map((piece) => (typeof piece === "string" ? escapeHtml(piece) : badges.word(piece.split)))
      .join("");
  const bars = leaksIntoTraining(report)
    .filter(({ images }) => images > 0)
    .map(
      ({ from, images, of }) =>
        `<div class="leak-bar ${badges.colorClass(from)}" style="--part:${((100 * images) / of).toFixed(3)}%" aria-hidden="true"></div>`,
    );
  return `<div class="hero"><h1>${html(first)}</h1>
${more.map((sentence) => `<p class="lead">${html(sentence)}</p>`).join("\n")}
${bars.join("")}<p class="meaning">${escapeHtml(meaning(report))}</p></div>
`;
}

/** The tables in two columns of about the same height, the more important ones on the left. */
function panelsHtml(report: Report, shown: readonly ReportCluster[], badges: SplitBadges): string {
  const splits = splitsHtml(report, badges);
  const method = methodHtml(report);
  const leaks = leaksHtml(report, badges);
  const balance = balanceHtml(report, badges);
  const conflicts = conflictsHtml(report, new Set(shown.map(({ id }) => id)));
  const [left, right] =
    leaks === "" && balance !== ""
      ? [splits + method + conflicts, balance]
      : [splits + leaks + conflicts, method + balance];
  return `<div class="panels"><div>${left}</div><div>${right}</div></div>\n`;
}

/** What the headline means, in a sentence or two. */
function meaning(report: Report): string {
  const images = report.splits.reduce((sum, split) => sum + split.images, 0);
  if (images === 0) return "The folders contain no readable images.";
  const compared = `Compared ${countOf(images, "image")} in ${countOf(report.splits.length, "split")}, each with its ${countOf(report.neighbors.k, "nearest neighbor")} in every split.`;
  if (report.clusters.length === 0) return compared;
  if (leaksIntoTraining(report).some((leak) => leak.images > 0)) {
    return `A model trained on ${trainingSplit(report.splits)} has already seen these images, which inflates its score. Threshold: ${formatThreshold(report.threshold)}. ${compared}`;
  }
  return `Threshold: ${formatThreshold(report.threshold)}. ${compared}`;
}

function* clustersHtml(
  report: Report,
  shown: readonly ReportCluster[],
  badges: SplitBadges,
  { thumbnail }: HtmlReportOptions,
): Generator<string> {
  yield '<section class="clusters" aria-labelledby="clusters">\n<div class="bar-top"><h2 id="clusters">Clusters</h2>';
  if (shown.length === 0) {
    yield `</div><p class="empty">No pair of images reaches the threshold (${escapeHtml(formatThreshold(report.threshold))}). To see weaker matches, write the report again with a lower threshold, for example <code>twinlens report PROJECT --threshold confidence:0.5 --html FILE</code>. This does not read the images again.</p></section>\n`;
    return;
  }
  yield `${viewHtml(shown, report)}</div>
<p class="note">Each card is a cluster of duplicates. Every image is compared with the first one shown. A similarity of 1 means equal embeddings; the confidence is the estimated probability that two images are duplicates.</p>
`;
  const hidden = report.clusters.length - shown.length;
  if (hidden > 0) {
    yield `<p class="note"><b>Showing ${countText(shown.length)} of ${countOf(report.clusters.length, "cluster")}</b>: those across splits, then the tightest. The JSON and CSV reports list the other ${countText(hidden)} too.</p>\n`;
  }
  const context: CardContext = {
    report,
    imageById: new Map(report.images.map((image) => [image.id, image])),
    conflicts: new Set(report.labelConflicts),
    badges,
    thumbnail,
    namesOutput: new Set(report.clusters.map(({ response }) => response)).size > 1,
  };
  yield '<div id="cluster-list" class="cluster-list">\n';
  for (const cluster of shown) yield clusterCard(cluster, context);
  yield "</div>\n</section>\n";
}

/** Controls for order and filter, hidden until the script runs. Choices that would change nothing are left out. */
function viewHtml(shown: readonly ReportCluster[], report: Report): string {
  const leaks = shown.filter(isLeak).length;
  const conflicts = new Set(report.labelConflicts);
  const conflicting = shown.filter(({ id }) => conflicts.has(id)).length;
  const filters: [string, string][] = [["all", "All"]];
  if (leaks > 0 && leaks < shown.length) filters.push(["leak", "Across splits"]);
  if (conflicting > 0 && conflicting < shown.length) filters.push(["conflict", "Labels differ"]);
  const groups = [];
  if (leaks > 0 && leaks < shown.length) {
    groups.push(
      radios("order", "Order", [
        ["leaks", "Leaks first"],
        ["tightest", "Tightest first"],
      ]),
    );
  }
  if (filters.length > 1) groups.push(radios("only", "Show", filters));
  return `<output id="shown">${countOf(shown.length, "cluster")}</output><form id="view" class="view" hidden>${groups.join("")}</form>`;
}

function radios(name: string, legend: string, choices: readonly [string, string][]): string {
  const inputs = choices.map(
    ([value, text], i) =>
      `<label><input type="radio" name="${name}" value="${value}"${i === 0 ? " checked" : ""}><span>${text}</span></label>`,
  );
  return `<fieldset><legend>${legend}</legend>${inputs.join("")}</fieldset>`;
}

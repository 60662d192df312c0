import { EVIDENCE_KINDS } from "../../../../contract/evidence-kind.ts";
import type { ImageId } from "../../../../contract/ids.ts";
import type { Report, ReportLeak } from "../../../../contract/report.ts";
import {
  countOf,
  countText,
  imbalanceText,
  percentText,
  scoreText,
} from "../../../../text/figures.ts";
import { imagesInClusters, leaksIntoTraining } from "../../../../text/headline.ts";
import { notComparedText } from "../../../../text/not-compared.ts";
import { foldersOf, trainingSplit } from "../../../../text/splits.ts";
import { thresholdSentence } from "../../../../text/thresholds.ts";
import { isLeak } from "./cluster-card.ts";
import { escapeHtml, nameHtml, pathHtml } from "./escape.ts";
import type { SplitBadges } from "./split-badge.ts";

/** Rows of a table that are visible at first. */
const OPEN_ROWS = 8;
/** The most leaking images, label conflicts and unreadable files listed. The JSON report lists all of them. */
const MAX_LISTED = 200;

/** The main figures in one row. */
export function figuresHtml(report: Report): string {
  const images = report.splits.reduce((sum, split) => sum + split.images, 0);
  const clustered = imagesInClusters(report);
  const figures: [string, number, string][] = [
    ["Images compared", images, `in ${countOf(report.splits.length, "split")}`],
    ["Clusters of duplicates", report.clusters.length, `with ${countOf(clustered, "image")}`],
  ];
  if (report.splits.length > 1) {
    figures.push([
      "Clusters across splits",
      report.clusters.filter(isLeak).length,
      "images of several splits",
    ]);
  }
  figures.push(
    ["Label conflicts", report.labelConflicts.length, "clusters with different labels"],
    ["Unreadable files", report.unreadable.length, "not compared"],
  );
  const items = figures.map(
    ([name, count, note]) =>
      `<div><dt>${name}</dt><dd><b>${countText(count)}</b> <span>${note}</span></dd></div>`,
  );
  return `<dl class="figures">${items.join("")}</dl>\n`;
}

/** Each split's folder, images and images in clusters. */
export function splitsHtml(report: Report, badges: SplitBadges): string {
  const splitOf = new Map(report.images.map((image) => [image.id, image.split]));
  const clustered = new Map<string, number>();
  for (const id of new Set(report.clusters.flatMap((cluster) => cluster.images))) {
    const split = splitOf.get(id);
    if (split !== undefined) clustered.set(split, (clustered.get(split) ?? 0) + 1);
  }
  const rows = report.splits.map(({ name, root, folders, images, unreadable }) => [
    badges.badge(name),
    foldersOf({ root, folders })
      .map((folder) => `<span class="path">${pathHtml(folder)}</span>`)
      .join("<br>"),
    countText(images),
    countText(clustered.get(name) ?? 0),
    countText(unreadable),
  ]);
  return section("Splits", "splits", [
    table(["Split", "Folder", "#Images", "#In clusters", "#Unreadable"], rows),
  ]);
}

const GROUPING_SENTENCES: Record<Report["grouping"], string> = {
  cohesive:
    "Images connected by pairs of duplicates form a cluster. Two groups that only a single, unsupported pair connects stay separate.",
  closure: "Images connected by pairs of duplicates form a cluster, however long the chain.",
};

/** Precision and recall at the threshold, if known. */
function worthHtml({ threshold, model: { auto } }: Report): string {
  if (!auto || threshold.confidence !== auto.confidence) return "";
  return ` On the edited copies used for calibration, this threshold has a precision of ${percentText(auto.precision, 1)} and a recall of ${percentText(auto.recall, 1)}. Other data may be harder.`;
}

/** How the images were compared. */
export function methodHtml(report: Report): string {
  const { model, neighbors, threshold } = report;
  const search =
    neighbors.method === "exact"
      ? "The search was exact."
      : `The search was approximate: in a sample, it found ${percentText(neighbors.recall, 1)} of the true nearest neighbors.`;
  const facts: [string, string][] = [
    ["Duplicates", `${escapeHtml(thresholdSentence(threshold))}${worthHtml(report)}`],
    ["Clusters", GROUPING_SENTENCES[report.grouping]],
    [
      "Compared",
      `Each image was compared with its ${countOf(neighbors.k, "nearest neighbor")} in every split. ${search}`,
    ],
    [
      "Model",
      `${nameHtml(model.name)}, ${countOf(model.dimensions, "dimension")}, run on ${nameHtml(model.device)}. <span class="hash">SHA-256 ${escapeHtml(model.sha256)}</span>`,
    ],
    ...model.fallbacks.map(({ device, reason }): [string, string] => [
      "Not used",
      `${nameHtml(device)}: ${nameHtml(reason)}`,
    ]),
  ];
  const items = facts.map(([name, text]) => `<div><dt>${name}</dt><dd>${text}</dd></div>`);
  return section("Method", "method", [`<dl class="facts-list">${items.join("")}</dl>`]);
}

/** The leaks between splits, and those into the training split by class. */
export function leaksHtml(report: Report, badges: SplitBadges): string {
  const parts: string[] = [];
  if (report.leaks.length > 1) {
    // Leaks into the training split come first: they inflate scores.
    const ordered = new Set([...leaksIntoTraining(report), ...report.leaks]);
    const isRead = (name: string) =>
      report.splits.some((split) => split.name === name && split.images > 0);
    const rows = Array.from(ordered, (leak) => [
      `${badges.badge(leak.from)} in ${badges.badge(leak.into)}`,
      countText(leak.images),
      countText(leak.of),
      isRead(leak.from) && isRead(leak.into)
        ? shareCell(leak.images, leak.of, badges.colorClass(leak.from))
        : "not compared",
    ]);
    parts.push(table(["Duplicates of", "#Images", "#Of", "#Share"], rows));
  }
  for (const leak of leaksIntoTraining(report)) parts.push(leakByClassHtml(leak, badges));
  const shown = parts.filter((part) => part !== "");
  return shown.length === 0 ? "" : section("Leaks", "leaks", shown);
}

function leakByClassHtml(leak: ReportLeak, badges: SplitBadges): string {
  const classes = Object.entries(leak.byLabel);
  const hit = classes
    .filter(([, { images }]) => images > 0)
    .sort(
      ([a, x], [b, y]) => y.images / y.of - x.images / x.of || y.images - x.images || order(a, b),
    );
  if (hit.length === 0) return "";
  const rows = hit.map(([label, { images, of }]) => [
    nameHtml(label),
    countText(images),
    countText(of),
    shareCell(images, of, badges.colorClass(leak.from)),
  ]);
  const clean = classes.length - hit.length;
  const caption = `${badges.badge(leak.from)} with a duplicate in ${badges.badge(leak.into)}`;
  const note =
    clean > 0 ? `<p class="note">${countOf(clean, "other class", "other classes")}: none.</p>` : "";
  return longTable(["Class", "#Images", "#Of", "#Share"], rows, caption) + note;
}

function shareCell(part: number, whole: number, colorClass: string): string {
  return `${percentText(part, whole)}${barHtml(whole === 0 ? 0 : part / whole, null, colorClass)}`;
}

/** A bar. Both lengths are in [0, 1]; the outer one shows the whole that the inner one is a part of. */
function barHtml(inner: number, outer: number | null, colorClass: string): string {
  const percent = (share: number) => `${(100 * share).toFixed(2)}%`;
  const whole = outer === null ? "100%" : percent(outer);
  return `<span class="bar ${colorClass}" style="--part:${percent(inner)};--whole:${whole}" aria-hidden="true"></span>`;
}

/** Per split and class: images, distinct images, and images left after the remove list. */
export function balanceHtml(report: Report, badges: SplitBadges): string {
  const tables = report.splits.flatMap(({ name }) => {
    const balance = Object.hasOwn(report.balance, name) ? report.balance[name] : undefined;
    const classes = Object.entries(balance ?? {});
    if (classes.length === 0) return [];
    const most = Math.max(1, ...classes.map(([, { images }]) => images));
    const rows = classes
      .sort(([a, x], [b, y]) => y.images - x.images || order(a, b))
      .map(([label, { images, distinct }]) => {
        const after = report.balanceAfter[name]?.[label] ?? 0;
        return [
          nameHtml(label),
          countText(images),
          countText(distinct),
          `${percentText(images - distinct, images)}${barHtml(distinct / most, images / most, badges.colorClass(name))}`,
          countText(after),
          percentText(images - after, images),
        ];
      });
    const headings = ["Class", "#Images", "#Distinct", "#Copies", "#After", "#Removed"];
    return [longTable(headings, rows, badges.badge(name))];
  });
  const parts = [...tables, imbalanceHtml(report, badges), unlabeledHtml(report, badges)];
  if (parts.every((part) => part === "")) return "";
  return section("Class balance", "balance", [
    `<p class="note">Distinct: one image per cluster; the rest are copies. After: without the images on the remove list.</p>`,
    ...parts,
  ]);
}

/** The class imbalance of each split, before and after. */
function imbalanceHtml({ imbalance, splits }: Report, badges: SplitBadges): string {
  const rows = splits.flatMap(({ name }) => {
    const own = Object.hasOwn(imbalance, name) ? imbalance[name] : undefined;
    if (own?.images.entropy == null) return [];
    const { images, distinct, after } = own;
    return [[badges.badge(name), ...[images, distinct, after].map(imbalanceText)]];
  });
  if (rows.length === 0) return "";
  return table(
    ["Split", "Images", "Distinct", "After"],
    rows,
    "Ratio of largest to smallest class, and evenness of all classes (1 is even)",
  );
}

/** How many images without a label there are to annotate. */
function unlabeledHtml({ unlabeled, splits }: Report, badges: SplitBadges): string {
  const rows = splits.flatMap(({ name }) => {
    const own = Object.hasOwn(unlabeled, name) ? unlabeled[name] : undefined;
    if (!own) return [];
    const { images, distinct } = own;
    const saved = images - distinct;
    return [
      [badges.badge(name), countText(images), countText(distinct), percentText(saved, images)],
    ];
  });
  if (rows.length === 0) return "";
  return table(["Split", "#Unlabeled", "#Distinct", "#Effort saved"], rows, "To annotate");
}

/** Leaking images and their duplicates, by kind. Images of the training split are left out. */
export function leakPairsHtml(report: Report, badges: SplitBadges): string {
  const training = trainingSplit(report.splits);
  const shown = report.leakPairs
    .filter(({ from }) => from !== training)
    .sort((x, y) => EVIDENCE_KINDS.indexOf(x.kind) - EVIDENCE_KINDS.indexOf(y.kind));
  if (shown.length === 0) return "";
  const imageById = new Map(report.images.map((image) => [image.id, image]));
  const cell = (split: string, id: ImageId) =>
    `${badges.badge(split)} <span class="path">${pathHtml(imageById.get(id)?.path ?? "")}</span>`;
  const rows = shown
    .slice(0, MAX_LISTED)
    .map(({ from, into, a, b, kind, similarity }) => [
      escapeHtml(kind),
      cell(from, a),
      cell(into, b),
      scoreText(similarity),
    ]);
  return section("Leaking images", "leak-pairs", [
    `<p class="note">Each leaking image, with its most certain duplicate in the other split.</p>`,
    longTable(["Kind", "Image", "Duplicate", "#Similarity"], rows),
    restNote(shown.length - MAX_LISTED),
  ]);
}

/** Clusters whose images have different labels. */
export function conflictsHtml(report: Report, shownClusters: ReadonlySet<number>): string {
  if (report.labelConflicts.length === 0) return "";
  const clusterById = new Map(report.clusters.map((cluster) => [cluster.id, cluster]));
  const rows = report.labelConflicts.slice(0, MAX_LISTED).flatMap((id) => {
    const cluster = clusterById.get(id);
    if (cluster === undefined) return [];
    const name = `Cluster ${countText(id)}`;
    const labels = Object.entries(cluster.labels)
      .sort(([a, x], [b, y]) => y - x || order(a, b))
      .map(([label, images]) => `${countText(images)} ${nameHtml(label)}`);
    return [
      [shownClusters.has(id) ? `<a href="#cluster-${id}">${name}</a>` : name, labels.join(" · ")],
    ];
  });
  return section("Label conflicts", "conflicts", [
    `<p class="note">The images of each cluster look the same but have different labels. At least one label is probably wrong.</p>`,
    longTable(["Cluster", "Labels"], rows),
    restNote(report.labelConflicts.length - MAX_LISTED),
  ]);
}

/** What was not compared, why, and what to do about it. */
export function notComparedHtml({ notCompared, splits }: Report): string {
  if (notCompared.length === 0) return "";
  const items = notCompared
    .slice(0, MAX_LISTED)
    .map((entry) => `<li>${nameHtml(notComparedText(entry, splits))}</li>`);
  return section("Not compared", "not-compared", [
    `<ul>${items.join("")}</ul>`,
    restNote(notCompared.length - MAX_LISTED),
  ]);
}

/** Files that could not be read, with reasons. */
export function unreadableHtml(report: Report, badges: SplitBadges): string {
  if (report.unreadable.length === 0) return "";
  const rows = report.unreadable
    .slice(0, MAX_LISTED)
    .map(({ split, path, reason }) => [
      badges.badge(split),
      `<span class="path">${pathHtml(path)}</span>`,
      nameHtml(reason),
    ]);
  return section("Unreadable files", "unreadable", [
    `<p class="note">These files were not compared and are not counted above.</p>`,
    longTable(["Split", "File", "Reason"], rows),
    restNote(report.unreadable.length - MAX_LISTED),
  ]);
}

function restNote(rest: number): string {
  return rest > 0 ? `<p class="note">The JSON report lists ${countText(rest)} more.</p>` : "";
}

function section(title: string, id: string, parts: readonly string[]): string {
  return `<section class="panel ${id}" aria-labelledby="${id}"><h2 id="${id}">${title}</h2>${parts.join("")}</section>\n`;
}

/** A table that shows the first rows and hides the rest in a `details` element. */
function longTable(headings: readonly string[], rows: readonly string[][], caption = ""): string {
  const rest = rows.slice(OPEN_ROWS);
  const open = table(headings, rows.slice(0, OPEN_ROWS), caption);
  if (rest.length === 0) return open;
  return `${open}<details><summary>${countText(rest.length)} more</summary>${table(headings, rest, caption)}</details>`;
}

/** @param headings plain text; a leading `#` marks a numeric column */
function table(headings: readonly string[], rows: readonly string[][], caption = ""): string {
  const classOf = headings.map((text) => (text.startsWith("#") ? ' class="number"' : ""));
  const head = headings.map(
    (text, i) => `<th scope="col"${classOf[i]}>${text.replace("#", "")}</th>`,
  );
  const body = rows.map(
    (cells) => `<tr>${cells.map((cell, i) => `<td${classOf[i]}>${cell}</td>`).join("")}</tr>`,
  );
  return `<div class="scroll"><table>${caption && `<caption>${caption}</caption>`}<thead><tr>${head.join("")}</tr></thead><tbody>${body.join("")}</tbody></table></div>`;
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

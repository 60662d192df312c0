import { createHash } from "node:crypto";

/** Sorts and filters the clusters. Without it, the page shows all of them, leaks first. */
export const SCRIPT = `
(() => {
  const view = document.getElementById("view");
  const list = document.getElementById("cluster-list");
  const shown = document.getElementById("shown");
  if (!view || !list || !shown) return;
  const leaksFirst = [...list.children];
  const tightestFirst = leaksFirst.toSorted((a, b) => a.dataset.cluster - b.dataset.cluster);
  view.hidden = false;
  view.addEventListener("change", () => {
    const { order, only } = Object.fromEntries(new FormData(view));
    const cards = order === "tightest" ? tightestFirst : leaksFirst;
    for (const card of cards) card.hidden = only !== "all" && !(only in card.dataset);
    list.replaceChildren(...cards);
    const count = cards.filter((card) => !card.hidden).length;
    shown.textContent = count.toLocaleString("en-US") + (count === 1 ? " cluster" : " clusters");
  });
})();
`;

/** Allows only embedded images, the page's own style and the script above. */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "img-src data:",
  "style-src 'unsafe-inline'",
  `script-src 'sha256-${createHash("sha256").update(SCRIPT).digest("base64")}'`,
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

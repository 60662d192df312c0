import { SPLIT_COLORS, type SplitColor } from "../../../../text/splits.ts";

/**
 * The page's style. Surfaces are neutral gray in both themes, to not distort how image colors look. Split colors can be told apart by
 * color-blind readers and always accompany the split's name. Text has a contrast of at least 4.5 to 1.
 */
export const STYLE = `
:root {
  color-scheme: light dark;
  --page: #f4f4f4; --card: #fff; --matte: #ebebeb; --line: #dedede; --track: #e2e2e2;
  --ink: #1a1a1a; --quiet: #5e5e5e; --accent: #0b6b64;
  ${splitTokens("light")}
  --on-split: #fff;
  --tile: 160px; --gap: 16px;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #151515; --card: #1e1e1e; --matte: #121212; --line: #343434; --track: #333;
    --ink: #ececec; --quiet: #a6a6a6; --accent: #5fd0c5;
    ${splitTokens("dark")}
    --on-split: #111;
  }
}
${SPLIT_COLORS.map((_, index) => `.split-${index} { --split: var(--split-${index}); }`).join(" ")}

* { box-sizing: border-box; }
[hidden] { display: none !important; }
html { -webkit-text-size-adjust: 100%; scroll-padding-top: 4.5rem; }
body {
  margin: 0; background: var(--page); color: var(--ink);
  font: 0.8125rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
  font-variant-numeric: tabular-nums;
}
.top, main, body > footer { max-width: 112rem; margin: 0 auto; padding: 0 clamp(1rem, 3vw, 3rem); }
h1, h2, h3, p, dl, dd, ol, figure, fieldset { margin: 0; padding: 0; border: 0; }
a { color: var(--accent); text-underline-offset: 0.15em; }
:focus-visible, .view input:focus-visible + span { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
code { font: 0.9em ui-monospace, "SF Mono", Menlo, Consolas, monospace; background: var(--matte); padding: 0.15em 0.4em; border-radius: 4px; }
.note, .meaning { color: var(--quiet); max-width: 80ch; }

.top { display: flex; justify-content: space-between; align-items: center; padding-top: 1.25rem; color: var(--quiet); }
.brand { display: flex; align-items: center; gap: 0.5rem; font-weight: 600; color: var(--ink); }
.brand svg { fill: none; stroke: var(--accent); stroke-width: 2; }

.hero { padding: clamp(1.75rem, 4vw, 3.25rem) 0 1.75rem; }
h1 { font-size: clamp(1.5rem, 2.6vw, 2.375rem); line-height: 1.2; font-weight: 600; letter-spacing: -0.02em; max-width: 26em; text-wrap: balance; }
.lead { font-size: clamp(1rem, 1.4vw, 1.25rem); line-height: 1.35; margin-top: 0.5rem; }
.split-word { color: var(--split); font-weight: inherit; }
.leak-bar { height: 6px; border-radius: 3px; margin-top: 1.25rem; background: linear-gradient(90deg, var(--split) max(3px, var(--part)), var(--track) 0); }
.leak-bar + .leak-bar { margin-top: 0.375rem; }
.meaning { margin-top: 1rem; font-size: 0.875rem; text-wrap: pretty; }

.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(10rem, 1fr)); border-block: 1px solid var(--line); }
.figures > div { padding: 0.875rem 1rem 0.875rem 0; }
.figures dt, .figures dd span { color: var(--quiet); }
.figures b { display: block; font-size: 1.5rem; line-height: 1.25; font-weight: 600; letter-spacing: -0.01em; }

.panels { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: 2.25rem clamp(2rem, 4vw, 4rem); padding: 2rem 0 2.5rem; }
.panels > div { display: grid; gap: 2.25rem; align-content: start; min-width: 0; }
h2 { font-size: 1rem; line-height: 1.4; font-weight: 600; letter-spacing: -0.005em; }
.panel { min-width: 0; }
.panel > * + * { margin-top: 0.625rem; }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; }
caption { text-align: left; padding: 0.25rem 0 0.375rem; color: var(--quiet); }
th { font-weight: 400; color: var(--quiet); text-align: left; white-space: nowrap; }
th, td { padding: 0.375rem 1rem 0.375rem 0; border-bottom: 1px solid var(--line); vertical-align: baseline; overflow-wrap: anywhere; }
th:last-child, td:last-child { padding-right: 0; }
.number { text-align: right; white-space: nowrap; width: 1%; }
details > summary { cursor: pointer; color: var(--accent); padding: 0.375rem 0; width: fit-content; }
details thead, details caption { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
.bar { display: inline-block; width: clamp(4rem, 9vw, 9rem); height: 8px; margin-left: 0.75rem; border-radius: 2px;
  background: linear-gradient(90deg, var(--split) var(--part), var(--track) 0) 0 / var(--whole) 100% no-repeat; }
.balance .bar { background: linear-gradient(var(--split), var(--split)) 0 / var(--part) 100% no-repeat, linear-gradient(var(--track), var(--track)) 0 / var(--whole) 100% no-repeat; }
.facts-list > div { display: grid; grid-template-columns: 6.5rem 1fr; padding: 0.375rem 0; border-bottom: 1px solid var(--line); }
.facts-list dt { color: var(--quiet); }
.hash { color: var(--quiet); overflow-wrap: anywhere; }

.badge { display: inline-block; max-width: 9rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; vertical-align: bottom;
  padding: 0 0.4375rem; border-radius: 4px; font-size: 0.75rem; line-height: 1.25rem; font-weight: 600; background: var(--split); color: var(--on-split); }
.tag { border: 1px solid var(--line); border-radius: 4px; padding: 0 0.375rem; font-size: 0.75rem; line-height: 1.125rem; color: var(--quiet); white-space: nowrap; }
.tag.leak { color: var(--accent); border-color: currentColor; font-weight: 600; }

.clusters { border-top: 1px solid var(--line); padding-bottom: 2.5rem; }
.clusters > .note { margin-bottom: 0.5rem; }
.bar-top { position: sticky; top: 0; z-index: 1; display: flex; flex-wrap: wrap; align-items: center; gap: 0.5rem 0.75rem; padding: 0.75rem 0; background: var(--page); }
.bar-top output { color: var(--quiet); margin-right: auto; }
.view { display: flex; flex-wrap: wrap; gap: 0.5rem 1rem; }
.view fieldset { display: flex; border: 1px solid var(--line); border-radius: 7px; background: var(--card); padding: 2px; min-width: 0; }
.view legend { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
.view label { position: relative; cursor: pointer; }
.view input { position: absolute; inset: 0; opacity: 0; margin: 0; cursor: pointer; }
.view span { display: block; padding: 0.1875rem 0.75rem; border-radius: 5px; color: var(--quiet); white-space: nowrap; }
.view label:hover span { color: var(--ink); }
.view input:checked + span { background: var(--ink); color: var(--page); }

.cluster-list { display: flex; flex-wrap: wrap; gap: var(--gap); padding-top: 0.5rem; }
.cluster { --basis: calc(var(--tiles) * (var(--tile) + var(--gap)) + var(--gap)); flex: var(--tiles) 1 var(--basis); max-width: min(100%, 1.5 * var(--basis)); min-width: 0; background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 0.625rem var(--gap) var(--gap); scroll-margin-top: 4rem; }
.cluster:target { outline: 2px solid var(--accent); outline-offset: 1px; }
.cluster > header { display: flex; flex-wrap: wrap; align-items: center; gap: 0.125rem 0.5rem; padding-bottom: 0.625rem; }
.cluster > header p { color: var(--quiet); flex-basis: 100%; }
h3 { font-size: 0.8125rem; font-weight: 600; margin-right: auto; }
.tiles { list-style: none; display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 0.875 * var(--tile)), 1fr)); gap: var(--gap); }
.tiles > li { min-width: 0; }
.matte { position: relative; aspect-ratio: 1; background: var(--matte); border-radius: 4px; overflow: hidden; }
.matte > * { position: absolute; inset: 0; margin: auto; }
.matte img { max-width: 100%; max-height: 100%; }
.matte img:not(.tiny) { width: 100%; height: 100%; object-fit: contain; }
.matte img.tiny { image-rendering: pixelated; }
.no-picture { display: grid; place-items: center; text-align: center; font-size: 0.75rem; color: var(--quiet);
  background: repeating-linear-gradient(135deg, transparent 0 7px, var(--line) 7px 8px); }
.no-picture > span { background: var(--matte); padding: 0.25rem 0.5rem; border-radius: 4px; }
figcaption { display: grid; padding-top: 0.5rem; font-size: 0.75rem; line-height: 1.45; }
.who { display: flex; align-items: center; gap: 0.375rem; min-width: 0; }
.label { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; font-weight: 600; }
.position { margin-left: auto; color: var(--quiet); }
.path { overflow-wrap: anywhere; }
figcaption .path { margin-top: 0.25rem; display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; overflow: hidden; }
.facts { color: var(--quiet); }
.match { display: flex; flex-wrap: wrap; justify-content: space-between; column-gap: 0.75rem; color: var(--quiet); border-top: 1px solid var(--line); margin-top: 0.375rem; padding-top: 0.3125rem; }
.match .kind { flex-basis: 100%; color: var(--ink); font-weight: 600; }
.match b { font-weight: 600; color: var(--ink); }
.more { color: var(--quiet); padding-top: 0.75rem; }
.empty { background: var(--card); border: 1px dashed var(--line); border-radius: 10px; padding: 2.5rem clamp(1rem, 6vw, 6rem); text-align: center; text-wrap: balance; color: var(--quiet); }
.not-compared { padding: 1.25rem 0 0; }
.not-compared ul { padding-left: 1.25rem; display: grid; gap: 0.25rem; }
.unreadable { padding: 1rem 0 2.5rem; }
body > footer { color: var(--quiet); padding-top: 1rem; padding-bottom: 2rem; border-top: 1px solid var(--line); }

@media print {
  :root { --page: #fff; --tile: 110px; --gap: 10px; }
  .view { display: none; }
  .bar-top { position: static; }
  .panels, .panels > div { display: block; }
  .panel { margin-bottom: 2rem; }
  .cluster, tr, figure { break-inside: avoid; }
  h2, caption, thead { break-after: avoid; }
  .badge, .bar, .leak-bar, .matte { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  figcaption .path { display: block; }
}
`;

function splitTokens(theme: keyof SplitColor): string {
  return SPLIT_COLORS.map((color, index) => `--split-${index}: ${color[theme]};`).join(" ");
}

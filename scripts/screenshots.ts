/**
 * Takes the screenshots for the README: makes and scans the demo data set and opens it in Chromium. Run: npm run screenshots
 *
 * Needs Chromium (`npm run chromium:install`, or TWINLENS_CHROMIUM=/path).
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium, type Page } from "playwright";
import sharp from "sharp";

const PROGRAM = resolve("bin/twinlens.js");
const PICTURES = resolve("docs");
const VIEWPORT = { width: 1280, height: 800 };
/** Pixel ratio that keeps the screenshots sharp on dense screens. */
const SCALE = 1.5;
/** Colors of the PNG palette: enough for the interface, and photos show no visible loss. */
const COLORS = 256;

/** Waits until all visible images have loaded and the page is painted. */
const SHOWN = `new Promise((done) => requestAnimationFrame(function look() {
  const waiting = [...document.images].some((image) => {
    const { top, bottom } = image.getBoundingClientRect();
    return bottom > 0 && top < innerHeight && !image.complete;
  });
  if (waiting) requestAnimationFrame(look);
  else setTimeout(done, 500);
}))`;

const folder = mkdtempSync(join(tmpdir(), "twinlens-pictures-"));
const root = join(folder, "scenes");
const environment = { ...process.env, XDG_DATA_HOME: folder, HOME: folder };
const words = ["demo", "--out", root, "--quiet"];
execFileSync(process.execPath, [PROGRAM, ...words], { env: environment, stdio: "inherit" });

const server = spawn(
  process.execPath,
  [PROGRAM, "serve", "--root", root, join(root, "demo.twinlens")],
  { env: environment, stdio: ["ignore", "pipe", "inherit"] },
);
const browser = await chromium.launch({
  executablePath: process.env.TWINLENS_CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-background-networking"],
});
try {
  const page = await browser.newPage({ viewport: VIEWPORT, deviceScaleFactor: SCALE });
  await page.goto(await addressOf(server));
  await page.getByRole("heading", { name: "Images by split" }).waitFor();
  await take(page, "overview", "light");

  await page.getByRole("button", { name: /^Review/ }).click();
  const images = page.getByRole("listbox", { name: "Images in the cluster" });
  await images.getByRole("option").first().waitFor();
  for (const number of [2, 3, 4]) {
    await page.keyboard.press("b");
    await page.keyboard.press("j");
    await page.getByRole("heading", { name: new RegExp(`^Cluster ${number} of`) }).waitFor();
    await images.getByRole("option").first().waitFor();
  }
  await page.keyboard.press("b");
  await images.getByRole("option", { name: /marked remove/ }).waitFor();
  await take(page, "review", "dark");

  await page.keyboard.press("c");
  await page.getByRole("region", { name: "Compare" }).getByRole("table").waitFor();
  await take(page, "compare", "light");
  await page.keyboard.press("Escape");

  await page.getByRole("link", { name: "Twinlens" }).click();
  await page.getByRole("button", { name: "Choose folders…" }).click();
  await page.getByRole("button", { name: /^Use/ }).click();
  await page.getByText(/images\s+in\s+3\s+splits/).waitFor();
  await take(page, "start", "light");

  const report = join(folder, "report.html");
  const words = ["report", join(root, "demo.twinlens"), "--html", report];
  execFileSync(process.execPath, [PROGRAM, ...words], { env: environment, stdio: "ignore" });
  await page.goto(pathToFileURL(report).href);
  await take(page, "report", "light");
} finally {
  await browser.close();
  server.kill("SIGINT");
  await once(server, "exit");
  rmSync(folder, { recursive: true });
}

/** The address that the server prints. */
async function addressOf({ stdout }: ChildProcess): Promise<string> {
  if (!stdout) throw new Error("The server's output is not read.");
  const [line] = (await once(stdout, "data")) as [Buffer];
  return line.toString().trim();
}

async function take(page: Page, name: string, colorScheme: "light" | "dark"): Promise<void> {
  await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
  await page.mouse.move(0, VIEWPORT.height - 1);
  await page.evaluate(SHOWN);
  const file = join(PICTURES, `${name}.png`);
  const { size } = await sharp(await page.screenshot())
    .png({ palette: true, colours: COLORS, effort: 10, compressionLevel: 9 })
    .toFile(file);
  console.log(`${file}: ${Math.round(size / 1000)} kB`);
}

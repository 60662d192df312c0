import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, chromium, type Page } from "playwright";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Report } from "../../src-main/contract/report.ts";
import { htmlReport } from "../../src-main/engine/output/report/html.ts";
import { hostileReport, sampleImage, sampleReport } from "../support/sample-report.ts";

const CHROMIUM = process.env.TWINLENS_CHROMIUM ?? "/usr/bin/chromium";
const BROWSER_TIMEOUT_MS = 60_000;

describe.skipIf(!existsSync(CHROMIUM))(
  `the HTML report in Chromium (${CHROMIUM}, or TWINLENS_CHROMIUM)`,
  { timeout: BROWSER_TIMEOUT_MS },
  () => {
    let browser: Browser;
    let folder: string;
    let picture: Uint8Array;

    beforeAll(async () => {
      browser = await chromium.launch({
        executablePath: CHROMIUM,
        args: ["--no-sandbox", "--disable-background-networking"],
      });
      folder = await mkdtemp(join(tmpdir(), "twinlens-report-"));
      const red = { width: 32, height: 24, channels: 3, background: "#c33" } as const;
      picture = await sharp({ create: red }).jpeg().toBuffer();
    }, BROWSER_TIMEOUT_MS);

    afterAll(async () => {
      await browser.close();
      await rm(folder, { recursive: true });
    });

    interface Visit {
      readonly page: Page;
      /** Console messages of any kind and uncaught errors. */
      readonly complaints: string[];
      /** What the page asked for beyond itself and its own pictures. */
      readonly requests: string[];
    }

    async function open(
      report: Report,
      options: NonNullable<Parameters<Browser["newPage"]>[0]> = {},
    ): Promise<Visit> {
      const file = join(folder, "report.html");
      await writeFile(file, [...htmlReport(report, { thumbnail: () => picture })].join(""));
      const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, ...options });
      const url = pathToFileURL(file).href;
      const complaints: string[] = [];
      const requests: string[] = [];
      page.on("console", (message) => complaints.push(message.text()));
      page.on("pageerror", (error) => complaints.push(error.message));
      page.on("request", (request) => {
        if (request.url() !== url && !request.url().startsWith("data:")) {
          requests.push(request.url());
        }
      });
      await page.goto(url);
      return { page, complaints, requests };
    }

    const leak = [sampleImage(1), sampleImage(2, { split: "test", label: "dog" })];
    const within = [sampleImage(3), sampleImage(4)];

    test("answers the question in its headline, without warnings or requests", async () => {
      const { page, complaints, requests } = await open(sampleReport([within, leak]));
      const headline = await page.getByRole("heading", { level: 1 }).textContent();
      expect(headline?.replaceAll("\u00a0", " ")).toBe(
        "1 of 200 test images (0.5 %) also appears in train.",
      );
      expect(await page.locator("article").count()).toBe(2);
      expect(complaints).toEqual([]);
      expect(requests).toEqual([]);
      await page.close();
    });

    test("shows a script in a file name as text and does not run it", async () => {
      const { page, complaints, requests } = await open(hostileReport());
      expect(await page.evaluate("window.hacked")).toBeUndefined();
      const names = await page.locator("figcaption .path").allTextContents();
      expect(names).toContain("<script>window.hacked = true</script>.jpg");
      expect(complaints).toEqual([]);
      expect(requests).toEqual([]);
      await page.close();
    });

    test("blocks an injected script by its policy", async () => {
      const { page, complaints } = await open(sampleReport([leak]));
      await page.evaluate(`
        const script = document.createElement("script");
        script.textContent = "window.hacked = true";
        document.body.append(script);
      `);
      expect(await page.evaluate("window.hacked")).toBeUndefined();
      expect(complaints.join()).toContain("Content Security Policy");
      await page.close();
    });

    test("sorts and filters its clusters", async () => {
      const { page } = await open(sampleReport([within, leak]));
      const shown = () => page.locator("article:visible h3").allTextContents();
      expect(await shown()).toEqual(["Cluster 2", "Cluster 1"]);
      await page.getByLabel("Tightest first").check();
      expect(await shown()).toEqual(["Cluster 1", "Cluster 2"]);
      await page.getByLabel("Across splits").check();
      expect(await shown()).toEqual(["Cluster 2"]);
      expect(await page.locator("#shown").textContent()).toBe("1 cluster");
      await page.close();
    });

    test("shows all clusters, leaks first, without its script", async () => {
      const { page } = await open(sampleReport([within, leak]), { javaScriptEnabled: false });
      expect(await page.locator("article:visible").count()).toBe(2);
      expect(await page.locator("#view").isVisible()).toBe(false);
      await page.close();
    });

    test("enlarges tiny images by a whole factor, with sharp pixels", async () => {
      const tiny = leak.map((image) => ({ ...image, width: 32, height: 24 }));
      const { page } = await open(sampleReport([tiny]));
      const look = await page.evaluate(`(() => {
        const img = document.querySelector("figure img");
        return {
          size: [img.width, img.height],
          natural: [img.naturalWidth, img.naturalHeight],
          rendering: getComputedStyle(img).imageRendering,
        };
      })()`);
      expect(look).toEqual({ size: [160, 120], natural: [32, 24], rendering: "pixelated" });
      await page.close();
    });

    test("fits a narrow window and large text without scrolling sideways", async () => {
      for (const width of [320, 640, 1280]) {
        const { page } = await open(hostileReport(), { viewport: { width, height: 700 } });
        const overflow = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
        expect(overflow).toBeLessThanOrEqual(0);
        await page.close();
      }
    });

    test("has a text alternative for every image, control and region", async () => {
      const { page } = await open(sampleReport([within, leak]));
      expect(await page.locator("img:not([alt]), img[alt='']").count()).toBe(0);
      for (const role of ["banner", "main", "contentinfo"] as const) {
        expect(await page.getByRole(role).count()).toBe(1);
      }
      const levels = await page
        .locator("h1, h2, h3")
        .evaluateAll((all) => all.map((heading) => Number(heading.tagName[1])));
      expect(levels[0]).toBe(1);
      for (const [i, level] of levels.entries()) {
        expect(level - (levels[i - 1] ?? 0)).toBeLessThanOrEqual(1);
      }
      await page.close();
    });
  },
);

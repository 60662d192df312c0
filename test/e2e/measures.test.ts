import { describe, expect, test } from "vitest";
import { IN_CHROMIUM, NO_CHROMIUM } from "../support/chromium.ts";
import { reviewSet, scanned } from "../support/review-set.ts";
import { startApp } from "../support/running-app.ts";
import { eventually, openReview, reviewShown } from "../support/screens.ts";

describe.skipIf(NO_CHROMIUM)(`a pair's figure ${IN_CHROMIUM}`, () => {
  test("is the threshold's measure, labeled and equal in tile, details and comparison", async () => {
    const root = await reviewSet();
    await using app = await startApp(["--root", root, await scanned(root)]);
    const { page, complaints } = await app.open();
    await openReview(page);
    // The second cluster is not of identical files.
    await page.keyboard.press("j");
    await page.getByRole("heading", { name: /^Cluster 2 of/ }).waitFor();
    const tile = page.getByRole("option", { name: /^Image 1,/ });
    const details = page.getByRole("complementary", { name: "Focused image details" });

    async function everywhere(figure: RegExp) {
      const shown = await eventually(
        () => tile.innerText(),
        (text) => figure.test(text),
      );
      const [text = ""] = figure.exec(shown) ?? [];
      expect(await details.innerText()).toContain(text);
      await page.keyboard.press("c");
      const compare = page.getByRole("region", { name: "Compare" });
      await compare.waitFor();
      expect(await compare.innerText()).toContain(text);
      await page.keyboard.press("Escape");
      await compare.waitFor({ state: "hidden" });
    }

    await everywhere(/\d+(\.\d+)?\s% sure/);
    expect(await tile.innerText()).not.toContain("cosine");
    for (const [threshold, figure] of [
      ["cosine:0.8", /cosine 0\.\d{3}/],
      ["distance:0.6", /distance 0\.\d{3}/],
    ] as const) {
      await page.evaluate(
        `location.hash = location.hash.split("?")[0] + "?threshold=${threshold}"`,
      );
      await page.reload();
      await reviewShown(page);
      await page.keyboard.press("j");
      await page.getByRole("heading", { name: /^Cluster 2 of/ }).waitFor();
      await everywhere(figure);
      expect(await tile.innerText()).not.toContain("sure");
    }
    expect(complaints).toEqual([]);
  });
});

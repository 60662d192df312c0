import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import type { ScanRequest } from "../../src-main/contract/scan-request.ts";
import { parseThreshold } from "../../src-main/text/thresholds.ts";
import { drawnJpeg, folderOf, picture, pictures } from "../support/drawn-data-set.ts";
import { freshFolder } from "../support/fresh-folder.ts";
import { reportText, runningEngine, scanWith, withoutSeconds } from "../support/running-engine.ts";

const engine = runningEngine();
let root: string;
let splits: ScanRequest["splits"];

// Images of several sizes and formats, edited copies within and across splits, and unreadable files.
beforeAll(async () => {
  const edited = [1, 2, 3, 4, 5, 6];
  root = await folderOf({
    ...pictures("train/a", 24),
    ...pictures("train/b", 12, 40),
    ...pictures("test/a", 12, 60),
    "train/a/same.jpg": 1,
    "test/b/same.jpg": 2,
    ...Object.fromEntries(
      await Promise.all(
        edited.flatMap((seed) => [
          picture(seed)
            .webp({ quality: 60 })
            .toBuffer()
            .then((bytes) => [`test/b/${seed}.webp`, bytes]),
          picture(seed)
            .flop()
            .png()
            .toBuffer()
            .then((bytes) => [`train/b/mirrored-${seed}.png`, bytes]),
          picture(seed + 40)
            .resize(64, 64, { fit: "fill" })
            .jpeg()
            .toBuffer()
            .then((bytes) => [`test/b/small-${seed}.jpg`, bytes]),
        ]),
      ),
    ),
    "train/cut.jpg": (await drawnJpeg(7)).subarray(0, 1500),
    "test/cut.png": (await picture(8).png().toBuffer()).subarray(0, 1500),
    "test/empty.gif": "",
  });
  splits = ["train", "test"].map((name) => ({ name, root: join(root, name) }));
});

async function scannedReport(options: Partial<ScanRequest>, threshold = "auto"): Promise<string> {
  const project = join(freshFolder(), "p.twinlens");
  await scanWith(engine, { ...options, splits, project });
  return await reportText(engine, project, parseThreshold(threshold));
}

describe("a report is the same byte for byte, except for its seconds", () => {
  test.each([
    ["confidence:0.5", {}],
    ["cosine:0.9", { pca: 16 }],
    ["slope", { preset: "dnikit" }],
  ] as const)(
    "for any number of threads and batch size (threshold %s, %o)",
    async (threshold, options) => {
      const one = await scannedReport({ ...options, threads: 1, batchSize: 5 }, threshold);
      expect(JSON.parse(one).clusters.length).toBeGreaterThan(3);
      for (const [threads, batchSize] of [
        [2, 32],
        [4, 7],
      ] as const) {
        const other = await scannedReport({ ...options, threads, batchSize }, threshold);
        expect(withoutSeconds(other)).toBe(withoutSeconds(one));
      }
    },
  );

  test("whether the neighbors were searched exactly or an index found all of them", async () => {
    const exact = JSON.parse(withoutSeconds(await scannedReport({ exact: true })));
    const approximate = JSON.parse(withoutSeconds(await scannedReport({ approximateFrom: 1 })));
    expect(exact.neighbors).toMatchObject({ method: "exact", recall: 1 });
    expect(approximate.neighbors).toMatchObject({ method: "approximate", recall: 1 });
    expect({ ...approximate, neighbors: null }).toEqual({ ...exact, neighbors: null });
  });
});

/** Names, times and bytes of everything below a folder. */
function fingerprint(folder: string): string {
  const digest = createHash("sha256");
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" }).sort()) {
    const path = join(folder, name);
    const { mtimeNs, ctimeNs, mode } = statSync(path, { bigint: true });
    digest.update(JSON.stringify([name, `${mtimeNs}`, `${ctimeNs}`, `${mode}`]));
    if (statSync(path).isFile()) digest.update(readFileSync(path));
  }
  return digest.digest("hex");
}

test("a scan changes nothing in the folders that it reads", async () => {
  const before = fingerprint(root);
  await scannedReport({});
  await scanWith(engine, { splits });
  expect(fingerprint(root)).toBe(before);
});

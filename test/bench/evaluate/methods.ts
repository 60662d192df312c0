import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createRouterClient } from "@orpc/server";
import sharp from "sharp";
import { DEFAULT_NEIGHBORS } from "../../../src-main/contract/scan-request.ts";
import { createEngine } from "../../../src-main/engine/engine.ts";

/** A picture of the gallery with its score. */
export interface Match {
  /** Path relative to the gallery's folder. */
  readonly path: string;
  readonly score: number;
}

/** Best matches of every query, by the query's path, best first. */
export type Matches = ReadonlyMap<string, readonly Match[]>;

/** Folders of pictures. Each of `queries` is searched for in `gallery`. */
export interface ImageSet {
  readonly queries: string;
  readonly gallery: string;
}

/** A search method with one or more rankings. */
export interface Method {
  readonly rankings: readonly string[];
  /** @returns the matches by ranking */
  find(set: ImageSet): Promise<readonly Matches[]>;
}

/** Matches per query, for all methods. */
export const MATCHES = 5;
/** Pictures read at the same time. */
const READ_AT_ONCE = 16;

/**
 * The program itself: scans both folders and reads the exported neighbors.
 * @param model and @param neighbors see `--model` and `--neighbors`
 */
export function program(
  work: string,
  rankings: readonly ("similarity" | "confidence")[],
  {
    name,
    model,
    neighbors = DEFAULT_NEIGHBORS,
  }: { name: string; model?: string; neighbors?: number },
): Method {
  const engine = createRouterClient(createEngine({ dataFolder: work }));
  // One project for all sets, to embed unchanged pictures only once.
  const project = join(work, `${randomUUID()}.twinlens`);
  const columns = { similarity: 4, confidence: 5 };
  return {
    rankings: rankings.map((ranking) => `${name}, ${ranking}`),
    async find({ queries, gallery }) {
      const splits = [
        { name: "queries", root: queries },
        { name: "gallery", root: gallery },
      ];
      const request = { splits, project, device: "cpu", neighbors } as const;
      const events = await engine.scan({ ...request, ...(model !== undefined && { model }) });
      for await (const _ of events);
      const out = join(work, "neighbors.csv");
      await engine.export({ project, what: "neighbors", out });
      // Paths in these sets contain no commas or quotes.
      const rows = readFileSync(out, "utf8")
        .split("\n")
        .map((line) => line.split(","));
      return rankings.map((ranking) => {
        const found = new Map<string, Match[]>();
        for (const row of rows) {
          const [from, query = "", into, path = ""] = row;
          if (from !== "queries" || into !== "gallery") continue;
          const matches = found.get(query) ?? [];
          matches.push({ path, score: Number(row[columns[ranking]]) });
          found.set(query, matches);
        }
        for (const [query, matches] of found) {
          found.set(query, matches.toSorted((a, b) => b.score - a.score).slice(0, MATCHES));
        }
        return found;
      });
    },
  };
}

/** Difference hash: whether brightness increases from cell to cell in a 9x8 grid (N. Krawetz, "Kind of Like That", 2013). */
export const dHash: Method = compared("dHash", async (file) => {
  const cells = await grayCells(file, 9, 8);
  return Float32Array.from({ length: 64 }, (_, bit) => {
    const at = Math.floor(bit / 8) * 9 + (bit % 8);
    return sign((cells[at + 1] ?? 0) - (cells[at] ?? 0));
  });
});

/**
 * Perceptual hash: whether each of the lowest 8x8 frequencies of the cosine transform of 32x32 cells is above their median
 * (N. Krawetz, "Looks Like It", 2011).
 */
export const pHash: Method = compared("pHash", async (file) => {
  const cells = await grayCells(file, 32, 32);
  const rows = cosineTransform(cells);
  const frequencies = Array.from({ length: 64 }, (_, at) => rows[at] ?? 0);
  // The first coefficient is the mean of the picture, which is far larger than the others.
  const sorted = frequencies.slice(1).sort((a, b) => a - b);
  const median = sorted[sorted.length >> 1] ?? 0;
  return Float32Array.from(frequencies, (value) => sign(value - median));
});

/** Cosine of centered 32x32 gray thumbnails. */
export const thumbnail: Method = compared("thumbnail", async (file) => {
  const cells = await grayCells(file, 32, 32);
  const mean = cells.reduce((sum, value) => sum + value, 0) / cells.length;
  return cells.map((value) => value - mean);
});

const sign = (value: number) => (value > 0 ? 1 : -1);

/** @returns row-major [height, width] */
async function grayCells(file: string, width: number, height: number): Promise<Float32Array> {
  const cells = await sharp(file)
    .grayscale()
    .resize(width, height, { fit: "fill" })
    .raw()
    .toBuffer();
  return Float32Array.from(cells);
}

/** The lowest 8x8 frequencies of the two-dimensional cosine transform (DCT-II) of 32x32 cells, row-major. */
function cosineTransform(cells: Float32Array): Float32Array {
  const rows = new Float32Array(32 * 8);
  const low = new Float32Array(8 * 8);
  for (let y = 0; y < 32; y++) {
    for (let u = 0; u < 8; u++) {
      for (let x = 0; x < 32; x++) {
        rows[y * 8 + u] = (rows[y * 8 + u] ?? 0) + (cells[y * 32 + x] ?? 0) * wave(u, x);
      }
    }
  }
  for (let v = 0; v < 8; v++) {
    for (let u = 0; u < 8; u++) {
      for (let y = 0; y < 32; y++) {
        low[v * 8 + u] = (low[v * 8 + u] ?? 0) + (rows[y * 8 + u] ?? 0) * wave(v, y);
      }
    }
  }
  return low;
}

function wave(frequency: number, at: number): number {
  return Math.cos((Math.PI * frequency * (2 * at + 1)) / 64);
}

/** A method that compares one vector per picture by cosine, which for vectors of signs counts equal signs. */
function compared(name: string, describe: (file: string) => Promise<Float32Array>): Method {
  const known = new Map<string, Float32Array>();
  const describeAll = async (folder: string) => {
    const paths = imagesIn(folder);
    const files = paths.map((path) => join(folder, path));
    const unknown = files.filter((file) => !known.has(file));
    for (let first = 0; first < unknown.length; first += READ_AT_ONCE) {
      const some = unknown.slice(first, first + READ_AT_ONCE);
      const vectors = await Promise.all(some.map(async (file) => unit(await describe(file))));
      for (const [at, vector] of vectors.entries()) known.set(some[at] ?? "", vector);
    }
    return { paths, vectors: files.flatMap((file) => known.get(file) ?? []) };
  };
  return {
    rankings: [name],
    async find({ queries, gallery }) {
      const [asked, searched] = [await describeAll(queries), await describeAll(gallery)];
      const found = new Map<string, Match[]>();
      asked.vectors.forEach((vector, query) => {
        const best: Match[] = [];
        searched.vectors.forEach((other, at) => {
          const score = dot(vector, other);
          if (best.length === MATCHES && score <= (best.at(-1)?.score ?? 0)) return;
          const place = best.findIndex((match) => match.score < score);
          const match = { path: searched.paths[at] ?? "", score };
          best.splice(place < 0 ? best.length : place, 0, match);
          if (best.length > MATCHES) best.pop();
        });
        found.set(asked.paths[query] ?? "", best);
      });
      return [found];
    },
  };
}

/** Paths of all files in a folder and its subfolders, sorted. */
export function imagesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

function unit(vector: Float32Array): Float32Array {
  const norm = Math.sqrt(dot(vector, vector));
  return norm === 0 ? vector : vector.map((value) => value / norm);
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number); // equally long
  return sum;
}

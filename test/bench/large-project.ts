import { createHash } from "node:crypto";
import { mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { storeNeighborhood } from "../../src-main/engine/data/neighborhood.ts";
import { collapseToNodes } from "../../src-main/engine/data/nodes.ts";
import type { Pairs } from "../../src-main/engine/data/pairs.ts";
import { openProjectToWrite } from "../../src-main/engine/data/project-file.ts";
import { writeScanRecord } from "../../src-main/engine/data/settings.ts";
import { loadModel } from "../../src-main/engine/scan/embed/manifest.ts";

export const IMAGES = 60_000;
const CLUSTER_IMAGES = 3;
const STRANGERS = 950_000;
const LIKELY = 2;
const SIMILAR = 7;
/** Modification time of all files, in seconds since 1970. */
const MODIFIED_S = 1_700_000_000;

/**
 * A project as a scan leaves it: 60,000 images in ten classes, one in six of them in test, 20,000 clusters of three and one
 * million stored pairs.
 * @param pictures JPEGs of 160x120 pixels, from which image files are written next to the project; if empty, no files
 * @param largest size of one large cluster that replaces many of three, a multiple of 3
 */
export async function makeLargeProject(
  file: string,
  pictures: readonly Uint8Array[] = [],
  largest = CLUSTER_IMAGES,
): Promise<void> {
  const folder = pictures.length > 0 ? dirname(file) : "/";
  const splits = ["train", "test"].map((name) => ({ name, root: join(folder, name) }));
  const model = await loadModel();
  const [output] = model.manifest.outputs;
  if (!output) throw new Error("The model has no output");
  using made = await openProjectToWrite(file);
  const { database } = made;
  const random = randomNumbers();
  const insert = {
    split: database.prepare("INSERT INTO splits (id, name, root, position) VALUES (?, ?, ?, ?)"),
    content: database.prepare(
      "INSERT INTO contents (id, sha256, bytes, width, height, format, input_digest, signature) VALUES (?, ?, ?, 160, 120, 'jpeg', ?, x'')",
    ),
    file: database.prepare(
      "INSERT INTO files (id, split, path, bytes, modified_ns, present, state, content) VALUES (?, ?, ?, ?, ?, 1, 'image', ?)",
    ),
    embedding: database.prepare("INSERT INTO embeddings VALUES (?, 1, ?)"),
  };
  database.transaction(() => {
    for (const [at, { name, root }] of splits.entries()) insert.split.run(at + 1, name, root, at);
    database.prepare("INSERT INTO responses VALUES (1, ?, ?)").run(model.sha256, output.name);
    for (let id = 1; id <= IMAGES; id++) {
      const picture = pictures[Math.ceil(id / CLUSTER_IMAGES) % pictures.length];
      // Decoders ignore bytes after the end of a JPEG; they make each file unique.
      const bytes = Buffer.concat([picture ?? Buffer.alloc(0), Buffer.from(String(id))]);
      const digest = createHash("sha256").update(bytes).digest();
      const split = id % 6 === 0 ? 2 : 1;
      const path = `class${id % 10}/${id}.jpg`;
      if (picture) writePicture(join(splits[split - 1]?.root ?? "", path), bytes);
      insert.content.run(id, digest, bytes.length, digest.subarray(0, 16));
      const modified = BigInt(MODIFIED_S) * 1_000_000_000n;
      insert.file.run(id, split, Buffer.from(path), bytes.length, modified, id);
      const vector = Float32Array.from({ length: output.dimensions }, () => random() - 0.5);
      const norm = Math.hypot(...vector);
      insert.embedding.run(id, Buffer.from(vector.map((x) => x / norm).buffer));
    }
    storeNeighborhood(made, 1, collapseToNodes(made), [], inventedPairs(random, largest));
  })();
  writeScanRecord(made, {
    key: "bench",
    model: {
      manifest: model.manifest,
      sha256: model.sha256,
      file: model.file,
      device: "cpu",
      fallbacks: [],
    },
    splits,
    modelOutputs: [output.name],
    preset: null,
    pca: null,
    neighbors: { k: 10, method: "exact", recall: 1 },
    seconds: { walk: 0, embed: 0, neighbors: 0, evidence: 0, total: 0 },
  });
}

function writePicture(file: string, bytes: Uint8Array): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, bytes);
  utimesSync(file, MODIFIED_S, MODIFIED_S);
}

/**
 * Consecutive images form clusters of three, except for the first and largest cluster; strangers are random. Each image is
 * paired with the next two in its cluster, so no cluster depends on a single pair.
 */
function inventedPairs(random: () => number, largest: number): Pairs {
  const keys = new Set<number>();
  const together = (a: number, b: number) =>
    b < largest || Math.floor(a / CLUSTER_IMAGES) === Math.floor(b / CLUSTER_IMAGES);
  for (let node = 0; node < IMAGES; node++) {
    for (const other of [node + 1, node + 2]) {
      if (other < IMAGES && together(node, other)) keys.add(node * IMAGES + other);
    }
  }
  const close = new Set(keys);
  for (let pair = 0; pair < STRANGERS; pair++) {
    const a = Math.floor(random() * (IMAGES - 1));
    const b = a + 1 + Math.floor(random() * (IMAGES - a - 1));
    keys.add(a * IMAGES + b);
  }
  const sorted = Float64Array.from(keys).sort();
  const column = (near: () => number, far: () => number) =>
    Float64Array.from(sorted, (key) => (close.has(key) ? near() : far()));
  return {
    count: sorted.length,
    a: Int32Array.from(sorted, (key) => Math.floor(key / IMAGES)),
    b: Int32Array.from(sorted, (key) => key % IMAGES),
    similarity: column(
      () => 0.9 + random() / 10,
      () => 0.5 + random() / 4,
    ),
    distance: column(
      () => 0.3,
      () => 0.8 + random() / 5,
    ),
    confidence: column(
      () => 0.95 + random() / 20,
      () => random() / 4,
    ),
    kind: Uint8Array.from(sorted, (key) => (close.has(key) ? LIKELY : SIMILAR)),
  };
}

/** Numbers in [0, 1), the same in every run. */
function randomNumbers(): () => number {
  let seed = 1;
  return () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed / 2 ** 32;
  };
}

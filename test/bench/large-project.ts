import { createHash } from "node:crypto";
import { loadModel } from "../../src-main/engine/embed/manifest.ts";
import type { Pairs } from "../../src-main/engine/neighbors/pairs.ts";
import { storeNeighborhood } from "../../src-main/engine/store/neighborhood.ts";
import { collapseToNodes } from "../../src-main/engine/store/nodes.ts";
import { openProjectToWrite } from "../../src-main/engine/store/project.ts";
import { writeScanRecord } from "../../src-main/engine/store/settings.ts";

export const IMAGES = 60_000;
const CLUSTER_IMAGES = 3;
const STRANGERS = 950_000;
const LIKELY = 2;
const SIMILAR = 7;

/**
 * A project as a scan leaves it, without its pictures: 60,000 images of ten classes, one in six of them in test, 20,000 clusters
 * of three and a million stored pairs.
 */
export async function makeLargeProject(file: string): Promise<void> {
  const model = await loadModel();
  const [output] = model.manifest.outputs;
  if (!output) throw new Error("The model has no output");
  using made = await openProjectToWrite(file);
  const { database } = made;
  const random = randomNumbers();
  const insert = {
    split: database.prepare("INSERT INTO splits (id, name, root, position) VALUES (?, ?, ?, ?)"),
    content: database.prepare(
      "INSERT INTO contents (id, sha256, bytes, width, height, format, input_digest, signature) VALUES (?, ?, 1000, 32, 32, 'jpeg', ?, x'')",
    ),
    file: database.prepare(
      "INSERT INTO files (id, split, path, bytes, modified_ns, present, state, content) VALUES (?, ?, ?, 1000, 0, 1, 'image', ?)",
    ),
    embedding: database.prepare("INSERT INTO embeddings VALUES (?, 1, ?)"),
  };
  database.transaction(() => {
    insert.split.run(1, "train", "/train", 0);
    insert.split.run(2, "test", "/test", 1);
    database.prepare("INSERT INTO responses VALUES (1, ?, ?)").run(model.sha256, output.name);
    for (let id = 1; id <= IMAGES; id++) {
      const digest = createHash("sha256").update(String(id)).digest();
      insert.content.run(id, digest, digest.subarray(0, 16));
      insert.file.run(id, id % 6 === 0 ? 2 : 1, Buffer.from(`class${id % 10}/${id}.jpg`), id);
      const vector = Float32Array.from({ length: output.dimensions }, () => random() - 0.5);
      const norm = Math.hypot(...vector);
      insert.embedding.run(id, Buffer.from(vector.map((x) => x / norm).buffer));
    }
    storeNeighborhood(made, 1, collapseToNodes(made), [], inventedPairs(random));
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
    splits: [
      { name: "train", root: "/train" },
      { name: "test", root: "/test" },
    ],
    responses: [output.name],
    preset: null,
    pca: null,
    neighbors: { k: 10, method: "exact", recall: 1 },
    seconds: { walk: 0, embed: 0, neighbors: 0, evidence: 0, total: 0 },
  });
}

/** Images one after the other in clusters of three, and strangers at random. */
function inventedPairs(random: () => number): Pairs {
  const keys = new Set<number>();
  for (let node = 0; node + 1 < IMAGES; node++) {
    if ((node + 1) % CLUSTER_IMAGES !== 0) keys.add(node * IMAGES + node + 1);
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

/** The same numbers in [0, 1) at every run. */
function randomNumbers(): () => number {
  let seed = 1;
  return () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed / 2 ** 32;
  };
}

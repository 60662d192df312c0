/**
 * Measures a complete scan of CIFAR's size on the command line: time per stage, moving the threshold, rescanning, and memory.
 *
 *     node test/bench/scan-60000.ts [FOLDER of photos] [--images N] [--keep]
 *
 * The first run makes 50,000 train and 10,000 test images of 32x32 pixels from photos (a few minutes); 3 % of test and 1 % of
 * train are edited copies of train images. All shares are relative to the first scan of the same run.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { availableParallelism, cpus, loadavg, tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import type { Report } from "../../src-main/contract/report.ts";
import { photoSource, splits32 } from "./bench-images.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    images: { type: "string", default: "60000" },
    /** Keeps the project in the temporary folder. */
    keep: { type: "boolean", default: false },
  },
});
const images = Number(values.images);
const test = Math.round(images / 6);

const TWINLENS = path.resolve(import.meta.dirname, "../../bin/twinlens.js");
const SAMPLE_MS = 50;
const THRESHOLDS = ["auto", "confidence:0.5", "confidence:0.99", "cosine:0.8", "cosine:0.95"];

const TARGET = { neighbors: 0.15, clusters: 0.1, rescan: 0.05, megabytes: 700 } as const;

const source = await photoSource(positionals[0]);
const root = await splits32(source, images - test, test);
console.log(
  `${availableParallelism()} cores (${cpus()[0]?.model.trim()}), Node ${process.version}, load ${loadavg()[0]?.toFixed(1)}; ` +
    `${images} images of 32x32 from ${source.description}`,
);
const home = mkdtempSync(path.join(tmpdir(), "twinlens-bench-"));
const project = path.join(home, "bench.twinlens");
try {
  const scan = [
    "scan",
    "--train",
    path.join(root, "train"),
    "--test",
    path.join(root, "test"),
    "--project",
    project,
    "--device",
    "cpu",
    "--no-progress",
    "--quiet",
  ];
  const first = await twinlens(scan);
  const { seconds, neighbors, clusters, leaks } = await reportAt("auto");
  console.log(
    `first scan: ${first.seconds.toFixed(1)} s = walk ${seconds.walk.toFixed(1)} + embed ${seconds.embed.toFixed(1)} ` +
      `(${(images / seconds.embed).toFixed(0)}/s) + neighbors ${seconds.neighbors.toFixed(1)} + evidence ${seconds.evidence.toFixed(1)} ` +
      `+ clusters ${seconds.clusters.toFixed(3)}, and the start of two processes and the summary`,
  );
  console.log(
    `  ${neighbors.method} neighbors, recall ${neighbors.recall}; ${clusters.length} clusters, ` +
      `${leaks.find(({ from }) => from === "test")?.images} of test in train; project ${megabytes(sizeOf(home))} MB`,
  );
  const share = (...stages: number[]) => stages.reduce((sum, s) => sum + s, 0) / first.seconds;
  verdict(
    "neighbors and clusters, share of the scan",
    share(seconds.neighbors, seconds.clusters),
    TARGET.neighbors,
  );
  const withEvidence = share(seconds.neighbors, seconds.clusters, seconds.evidence);
  console.log(`  the same with evidence and thumbnails: ${withEvidence.toPrecision(3)}`);
  console.log(
    `peak memory: command ${megabytes(first.peak.command)} MB + engine ${megabytes(first.peak.engine)} MB; ` +
      `most at any one moment ${megabytes(first.peak.together)} MB`,
  );
  verdict(
    "peak memory of both in MB",
    (first.peak.command + first.peak.engine) / 2 ** 20,
    TARGET.megabytes,
  );

  let slowest = 0;
  for (const threshold of THRESHOLDS) {
    const report = await reportAt(threshold);
    slowest = Math.max(slowest, report.seconds.clusters);
    console.log(
      `report --threshold ${threshold}: clusters ${(1000 * report.seconds.clusters).toFixed(0)} ms, ` +
        `${report.clusters.length} of them, the whole command ${report.whole.toFixed(1)} s`,
    );
  }
  verdict("moving the threshold, slowest, in seconds", slowest, TARGET.clusters);

  const again = await twinlens(scan);
  verdict(
    `scan again with nothing changed (${again.seconds.toFixed(1)} s), share of the first`,
    again.seconds / first.seconds,
    TARGET.rescan,
  );
} finally {
  if (values.keep) console.log(`kept ${project}`);
  else rmSync(home, { recursive: true, force: true });
}

function verdict(what: string, value: number, target: number): void {
  const word = value < target ? "reached" : "MISSED";
  console.log(`  ${what}: ${Number(value.toPrecision(3))}, target under ${target}: ${word}`);
}

async function reportAt(threshold: string) {
  const file = path.join(home, "report.json");
  const { seconds } = await twinlens([
    "report",
    project,
    "--threshold",
    threshold,
    "--json",
    file,
    "--quiet",
  ]);
  const report = JSON.parse(readFileSync(file, "utf8")) as Report;
  return { ...report, whole: seconds };
}

/** Peak resident memory of a command and its engine process, in bytes; shared memory counts twice. */
interface Peak {
  command: number;
  engine: number;
  /** Largest sum of both at one of the samples. */
  together: number;
}

/** Runs a command to completion and samples its memory. */
function twinlens(words: readonly string[]): Promise<{ seconds: number; peak: Peak }> {
  return new Promise((resolve, reject) => {
    const peak: Peak = { command: 0, engine: 0, together: 0 };
    const started = performance.now();
    const child = spawn(process.execPath, [TWINLENS, ...words], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    const timer = setInterval(() => sample(child.pid, peak), SAMPLE_MS);
    child.once("error", reject);
    child.once("exit", (code, signal) => {
      clearInterval(timer);
      if (code === 0) resolve({ seconds: (performance.now() - started) / 1000, peak });
      else reject(new Error(`twinlens ${words[0]} ended with ${signal ?? code}`));
    });
  });
}

/** Linux only; on other systems the peaks stay 0. */
function sample(pid: number | undefined, peak: Peak): void {
  if (pid === undefined || !existsSync("/proc/self/status")) return;
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
    const engines = children === "" ? [] : children.split(" ").map(Number);
    peak.command = Math.max(peak.command, memoryOf(pid, "VmHWM"));
    let together = memoryOf(pid, "VmRSS");
    for (const engine of engines) {
      peak.engine = Math.max(peak.engine, memoryOf(engine, "VmHWM"));
      together += memoryOf(engine, "VmRSS");
    }
    peak.together = Math.max(peak.together, together);
  } catch {
    // The process has ended.
  }
}

function memoryOf(pid: number, field: "VmHWM" | "VmRSS"): number {
  const line = new RegExp(`^${field}:\\s+(\\d+) kB$`, "m");
  return 1024 * Number(line.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
}

function sizeOf(folder: string): number {
  return readdirSync(folder, { recursive: true }).reduce<number>(
    (sum, name) => sum + statSync(path.join(folder, name.toString())).size,
    0,
  );
}

function megabytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(0);
}

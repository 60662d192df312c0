/**
 * Compares how well the program and simpler methods find copies, on data that the model was not trained on.
 *
 *     npm run evaluate
 *     node test/bench/evaluate/evaluate.ts [--data ../shared/data] [--only cifar|copies] [--program]
 *
 * Prints Markdown tables: duplicates in the CIFAR-10 slice, and copies of held-out photos. `--program` skips other methods.
 */
import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs, promisify } from "node:util";
import { AUTO_CONFIDENCE } from "../../../src-main/contract/threshold.ts";
import { cifarSlice, sliceFigures } from "./cifar-slice.ts";
import { copySets, microAveragePrecision, recallAt1 } from "./copies.ts";
import { dHash, MATCHES, type Matches, type Method, pHash, program, thumbnail } from "./methods.ts";

const PYTHON = "/usr/bin/python3";

const { values } = parseArgs({
  options: {
    data: { type: "string", default: "../shared/data" },
    only: { type: "string" },
    program: { type: "boolean", default: false },
  },
});
const data = resolve(values.data);
const work = mkdtempSync(join(tmpdir(), "twinlens-evaluate-"));
try {
  if (values.only === "cifar") await evaluateSlice(folder("cifar"));
  else if (values.only === "copies") await evaluateCopies(folder("copies"));
  else await evaluateSideBySide();
} finally {
  rmSync(work, { recursive: true, force: true });
}

/** Runs each part in a separate process because most of the work uses one core. */
async function evaluateSideBySide(): Promise<void> {
  const parts = ["cifar", "copies"].map((part) =>
    promisify(execFile)(process.execPath, [
      import.meta.filename,
      ...process.argv.slice(2),
      "--only",
      part,
    ]),
  );
  for (const { stdout, stderr } of await Promise.all(parts)) {
    process.stdout.write(stdout);
    process.stderr.write(stderr);
  }
}

async function evaluateSlice(own: string): Promise<void> {
  const slice = cifarSlice(data, own);
  if (!slice) {
    console.log(`Skipping the CIFAR-10 slice, which does not exist in ${data}.\n`);
    return;
  }
  const lines: string[] = [];
  let about = "";
  for (const method of methods(own)) {
    const found = await method.find(slice);
    found.forEach((matches, at) => {
      const figures = sliceFigures(slice, matches);
      about = `${figures.positives} of ${figures.images} test images have a duplicate in train`;
      const { averagePrecision, recallAt1, recallAtPrecision90 } = figures;
      const name = method.rankings[at] ?? "";
      let auto = "";
      if (name.endsWith("confidence")) {
        const { all, right } = figures.flagged(AUTO_CONFIDENCE);
        const shares = [right / all, right / figures.positives].map((share) => share.toFixed(2));
        auto = `${all} flagged, ${right} right: precision ${shares[0]}, recall ${shares[1]}`;
      }
      const cells = [averagePrecision, recallAt1, recallAtPrecision90].map(figure);
      lines.push(row([name, ...cells, auto]));
    });
  }
  console.log(row([`CIFAR-10 slice: ${about}`, "AP", "R@1", "R@P90", "at `auto`"]));
  console.log("|---|---:|---:|---:|---|");
  console.log(`${lines.join("\n")}\n`);
}

async function evaluateCopies(own: string): Promise<void> {
  const sets = await copySets(data, own);
  if (!sets) {
    console.log(`Skipping copies of photos: ${data} has no photo archives.`);
    return;
  }
  const names: string[] = [];
  const columns: Matches[][] = [];
  for (const method of methods(own)) {
    const bySet: (readonly Matches[])[] = [];
    for (const set of sets) bySet.push(await method.find(set));
    method.rankings.forEach((name, at) => {
      names.push(name);
      columns.push(bySet.flatMap((found) => found[at] ?? []));
    });
  }
  console.log(row(["copies of 400 held-out photos among 1,400, R@1", ...names]));
  console.log(`|---|${"---:|".repeat(names.length)}`);
  sets.forEach(({ edit }, at) => {
    console.log(row([edit, ...columns.map((of) => figure(recallAt1(of[at] ?? new Map())))]));
  });
  const means = columns.map((of) => of.reduce((sum, some) => sum + recallAt1(some), 0) / of.length);
  console.log(row(["**mean of the above**", ...means.map(figure)]));
  console.log(
    row(["**micro-AP of all pairs**", ...columns.map((of) => figure(microAveragePrecision(of)))]),
  );
}

function methods(own: string): Method[] {
  const twinlens = program(own, ["confidence", "similarity"], { name: "Twinlens" });
  if (values.program) return [twinlens];
  const model = untrainedModel();
  const untrained = model
    ? [program(own, ["similarity"], { name: "untrained body", model, neighbors: MATCHES })]
    : [];
  return [twinlens, dHash, pHash, thumbnail, ...untrained];
}

/** The bundled graph with random weights. @returns `null` if PyTorch is not installed */
function untrainedModel(): string | null {
  const out = folder("untrained");
  try {
    execFileSync(PYTHON, ["untrained.py", "--out", out, "--seed", "1"], {
      cwd: resolve(import.meta.dirname, "../../../models/training"),
      stdio: "ignore",
    });
    return join(out, "untrained.onnx");
  } catch {
    console.error(`Skipping the untrained model: ${PYTHON} cannot make it without PyTorch.`);
    return null;
  }
}

function folder(name: string): string {
  const own = join(work, name);
  mkdirSync(own, { recursive: true });
  return own;
}

function figure(value: number): string {
  return value.toFixed(3);
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

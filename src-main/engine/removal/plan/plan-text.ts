import { join } from "node:path";
import type { Plan, PlanOperation, PlanOutput } from "../../../contract/plan.ts";
import type { ViewedImage } from "../../data/project-view.ts";
import { csvText } from "../../output/csv.ts";
import { pathLine } from "../../output/report/lists.ts";
import type { Column } from "../../output/table.ts";

/** The fields of an image that a list needs. */
type Listed = Pick<ViewedImage, "id" | "split" | "path">;

/**
 * A plan's text in one of the formats, in chunks.
 * @param images all images of the project, in output order
 */
export function planChunks(
  plan: Plan,
  images: Iterable<Listed>,
  output: PlanOutput,
): Iterable<string> {
  switch (output) {
    case "json":
      return planJson(plan);
    case "csv":
      return csvText({ columns: PLAN_COLUMNS, rows: () => plan.operations.map(csvRow) });
    case "keepList": {
      const removed = new Set<number>(effectiveOperations(plan).map(({ image }) => image));
      return listed(
        plan,
        Iterator.from(images).filter(({ id }) => !removed.has(id)),
      );
    }
    case "removeList":
      return listed(plan, effectiveOperations(plan));
  }
}

/** A plan's operations, except those of clusters that would lose all images without permission. */
export function effectiveOperations({
  operations,
  emptied,
}: Pick<Plan, "operations" | "emptied">): PlanOperation[] {
  const held = new Set(emptied.filter(({ allowed }) => !allowed).map(({ cluster }) => cluster));
  return operations.filter(({ cluster }) => cluster === null || !held.has(cluster));
}

/** One member or operation per line, which suits `diff` and editing. */
function* planJson(plan: Plan): Generator<string> {
  const members = Object.entries(plan);
  yield "{\n";
  for (const [index, [key, value]] of members.entries()) {
    const comma = index === members.length - 1 ? "" : ",";
    if (key !== "operations" || plan.operations.length === 0) {
      yield `  ${JSON.stringify(key)}: ${JSON.stringify(value)}${comma}\n`;
      continue;
    }
    yield `  ${JSON.stringify(key)}: [\n`;
    for (const [row, operation] of plan.operations.entries()) {
      yield `    ${JSON.stringify(operation)}${row === plan.operations.length - 1 ? "" : ","}\n`;
    }
    yield `  ]${comma}\n`;
  }
  yield "}\n";
}

/** The columns of a plan's CSV. Only `split`, `path` and `sha256` are required when it is read. */
const PLAN_COLUMNS: readonly Column[] = [
  { name: "split", type: "text" },
  { name: "path", type: "text" },
  { name: "sha256", type: "text" },
  { name: "bytes", type: "integer" },
  { name: "label", type: "text" },
  { name: "cluster", type: "integer" },
  { name: "reason", type: "text" },
  { name: "keeper_split", type: "text" },
  { name: "keeper_path", type: "text" },
  { name: "sidecars", type: "text" },
];

/** Sidecars are a JSON list, because a name can contain any character. */
function csvRow(operation: PlanOperation) {
  const { split, path, sha256, bytes, label, cluster, reason, keeper, sidecars } = operation;
  return [
    split,
    path,
    sha256,
    bytes,
    label,
    cluster,
    reason,
    keeper?.split ?? null,
    keeper?.path ?? null,
    JSON.stringify(sidecars),
  ];
}

function* listed(
  { splits }: Plan,
  files: Iterable<Pick<Listed, "split" | "path">>,
): Generator<string> {
  const rootOf = new Map(splits.map(({ name, root }) => [name, root]));
  for (const { split, path } of files) yield pathLine(join(rootOf.get(split) ?? "", path));
}

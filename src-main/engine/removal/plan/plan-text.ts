import { join } from "node:path";
import type { Plan, PlanOperation, PlanOutput } from "../../../contract/plan.ts";
import type { ViewedImage } from "../../data/project-view.ts";
import { csvText } from "../../output/csv.ts";
import { pathLine } from "../../output/report/lists.ts";
import type { Column } from "../../output/table.ts";

/** An image as a list needs it. */
type Listed = Pick<ViewedImage, "id" | "split" | "path">;

/**
 * The pieces of one of a plan's files.
 * @param images all of the project, in the order wanted
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
      const gone = new Set<number>(goingOperations(plan).map(({ image }) => image));
      return listed(
        plan,
        Iterator.from(images).filter(({ id }) => !gone.has(id)),
      );
    }
    case "removeList":
      return listed(plan, goingOperations(plan));
  }
}

/** The operations of a plan but those of clusters that are held back, as they would keep nothing. */
export function goingOperations({
  operations,
  emptied,
}: Pick<Plan, "operations" | "emptied">): PlanOperation[] {
  const held = new Set(emptied.filter(({ allowed }) => !allowed).map(({ cluster }) => cluster));
  return operations.filter(({ cluster }) => cluster === null || !held.has(cluster));
}

/** A member a line, an operation a line: laid out for people, for `diff` and for taking lines out. */
function* planJson(plan: Plan): Generator<string> {
  const members = Object.entries(plan);
  yield "{\n";
  for (const [at, [key, value]] of members.entries()) {
    const comma = at === members.length - 1 ? "" : ",";
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

/** The columns of a plan's CSV; read back, only `split`, `path` and `sha256` are needed. */
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

/** Sidecars stand in their field as a JSON list: any character may be part of a name. */
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

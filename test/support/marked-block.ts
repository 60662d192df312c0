import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The code block in a document that follows `<!-- name -->`. */
export function markedBlock(document: string, name: string): string {
  const text = readFileSync(join(import.meta.dirname, "../..", document), "utf8");
  const [, block] = text.split(`<!-- ${name} -->`);
  const code = /^\s*```\w+\n(.*?)^```$/ms.exec(block ?? "")?.[1];
  if (code === undefined) throw new Error(`${document} has no block named ${name}`);
  return code;
}

import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "../../..");

test("only the data folder uses a project's database connection", () => {
  const files = globSync("src-main/**/*.ts", { cwd: ROOT }).filter(
    (file) => !file.startsWith("src-main/engine/data/"),
  );
  const users = files.filter((file) =>
    /\bdatabase\b\s*[,}:.]|\.database\b|\.prepare[<(]|\.pragma\(/.test(
      readFileSync(join(ROOT, file), "utf8").replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, ""),
    ),
  );
  expect(files.length).toBeGreaterThan(100);
  expect(users).toEqual([]);
});

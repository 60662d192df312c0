import { resolve } from "node:path";
import { defineConfig } from "vitest/config";

const project = (
  name: string,
  folders: string,
  groupOrder: number,
  globalSetup: string[] = [],
) => ({
  extends: true as const,
  test: {
    name,
    include: [`test/${folders}/**/*.test.ts`],
    globalSetup,
    sequence: { groupOrder },
    fileParallelism: name !== "package",
  },
});

export default defineConfig({
  test: {
    // Importing Electron's package from plain Node would download its binary.
    alias: { electron: resolve(import.meta.dirname, "test/support/electron-double.ts") },
    // Engine tests start processes. On two cores, running more files at once only slows them down.
    maxWorkers: 2,
    testTimeout: 180_000,
    hookTimeout: 180_000,
    projects: [
      project("unit", "unit", 0),
      project("engine", "{engine,cli,server,app,docs}", 0, ["test/support/build-page.ts"]),
      project("e2e", "{e2e,desktop}", 1, ["test/support/build-page.ts"]),
      // Last and one file at a time: packaging builds into the folders that the other tests run from.
      project("package", "package", 2),
    ],
    coverage: {
      provider: "v8",
      include: ["src-main/**/*.ts"],
      reporter: ["text-summary", "html"],
    },
  },
});

import { resolve } from "node:path";
import { defineConfig } from "vitest/config";

const project = (name: string, folders: string, globalSetup: string[] = []) => ({
  extends: true as const,
  test: { name, include: [`test/${folders}/**/*.test.ts`], globalSetup },
});

export default defineConfig({
  test: {
    // Importing Electron's package from plain Node would download its binary.
    alias: { electron: resolve(import.meta.dirname, "test/support/electron-double.ts") },
    // Engine tests start processes of their own; more files at once only slow each other down on two cores.
    maxWorkers: 2,
    testTimeout: 180_000,
    hookTimeout: 180_000,
    projects: [
      project("unit", "unit"),
      project("engine", "{engine,cli,server,app,docs,package}", ["test/support/build-page.ts"]),
      project("e2e", "{e2e,desktop}", ["test/support/build-page.ts"]),
    ],
    coverage: {
      provider: "v8",
      include: ["src-main/**/*.ts"],
      reporter: ["text-summary", "html"],
    },
  },
});

import { resolve } from "node:path";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    // Importing Electron's package from plain Node would download its binary.
    alias: { electron: resolve(import.meta.dirname, "test/support/electron-double.ts") },
    include: ["test/**/*.test.ts"],
    globalSetup: "test/support/build-page.ts",
    // Engine tests start processes of their own; on two cores more files at once only slow each other down.
    maxWorkers: 2,
    testTimeout: 180_000,
    hookTimeout: 180_000,
    coverage: {
      provider: "v8",
      include: ["src-main/**/*.ts"],
      reporter: ["text-summary", "html"],
    },
  },
});

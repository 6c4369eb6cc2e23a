import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import pages from "../contract/vitest.browser.config.js";

// What only a browser can show of the backend itself, on the sources.
export default defineConfig({
  resolve: { alias: { "@sig/core": fileURLToPath(new URL("../core/src/index.ts", import.meta.url)) } },
  optimizeDeps: { include: ["gpu.js"] },
  test: { ...pages.test, name: "webgl in Chromium", testTimeout: 60_000 },
});

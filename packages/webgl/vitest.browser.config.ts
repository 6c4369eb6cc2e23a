import { fileURLToPath } from "node:url";
import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";
import { findChromium } from "../contract/src/chromium.js";

const executablePath = findChromium();
if (executablePath === undefined)
  throw new Error("Chromium is missing: install it (Debian: apt-get install chromium), or name it by SIG_CHROMIUM");

// What only a browser can show of the backend itself, on the sources.
export default defineConfig({
  resolve: { alias: { "@sig/core": fileURLToPath(new URL("../core/src/index.ts", import.meta.url)) } },
  optimizeDeps: { include: ["gpu.js"] },
  test: {
    name: "webgl in Chromium",
    include: ["test/browser/**/*.test.ts"],
    testTimeout: 60_000,
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      instances: [{ browser: "chromium" }],
      provider: playwright({ launchOptions: { executablePath } }),
    },
  },
});

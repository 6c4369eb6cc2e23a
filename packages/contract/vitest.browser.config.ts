import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";
import { findChromium } from "../../scripts/chromium.mjs";

const executablePath = findChromium();
if (executablePath === undefined)
  throw new Error("Chromium is missing: install it (Debian: apt-get install chromium), or name it by SIG_CHROMIUM");

// The suite on pages, and in workers of theirs; without cross-origin isolation, as most pages are.
export default defineConfig({
  test: {
    name: "contract in Chromium",
    include: ["test/browser/**/*.test.ts"],
    testTimeout: 120_000,
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      instances: [{ browser: "chromium" }],
      provider: playwright({ launchOptions: { executablePath } }),
    },
  },
});

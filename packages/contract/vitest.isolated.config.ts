import { defineConfig } from "vitest/config";
import pages from "./vitest.browser.config.js";

// Pages that are cross-origin isolated, so that threads can share memory.
export default defineConfig({
  server: {
    headers: { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" },
  },
  test: { ...pages.test, name: "contract in Chromium, isolated", include: ["test/isolated/**/*.test.ts"] },
});

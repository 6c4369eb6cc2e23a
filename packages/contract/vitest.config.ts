import { defineConfig } from "vitest/config";

// Unlike the packages' own tests, this suite runs on the built packages, under the names that users import.
export default defineConfig({
  test: {
    name: "contract",
    include: ["test/**/*.test.ts"],
    exclude: ["test/browser/**", "test/isolated/**"],
    testTimeout: 120_000,
  },
});

import { defineConfig } from "vitest/config";

// Tests run on the sources of the workspace's packages (export condition "@sig/source"), so no build is needed before them.
const conditions = ["@sig/source", "module", "node", "development|production"];
const project = (name: string) => ({
  extends: true as const,
  test: { name, root: `packages/${name}`, include: ["test/**/*.test.ts"] },
});

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    testTimeout: 30_000,
    projects: ["core", "cpu", "api", "contract"].map(project),
  },
});

import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

// A package's own tests run on the sources of the workspace's packages; the contract suite runs on what was built.
const packages = fileURLToPath(new URL("packages/", import.meta.url));
const alias = [
  { find: /^@sig\/(core|cpu|api)$/, replacement: `${packages}$1/src/index.ts` },
  { find: /^@sig\/(core|cpu|api)\/([a-z]+)$/, replacement: `${packages}$1/src/$2.ts` },
];
const project = (name: string) => ({
  extends: true as const,
  test: { name, root: `packages/${name}`, include: ["test/**/*.test.ts"] },
});

export default defineConfig({
  resolve: { alias },
  test: {
    testTimeout: 30_000,
    projects: [...["core", "cpu", "api"].map(project), "packages/contract"],
  },
});

import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { findChromium } from "./scripts/chromium.mjs";

// A package's own tests run on the sources of the workspace's packages; the contract suite runs on what was built.
const packages = fileURLToPath(new URL("packages/", import.meta.url));
const alias = [
  { find: /^@sig\/(core|cpu|wasm|cuda|webgl|api)$/, replacement: `${packages}$1/src/index.ts` },
  { find: /^@sig\/(core|cpu|wasm|cuda|webgl|api)\/([a-z]+)$/, replacement: `${packages}$1/src/$2.ts` },
];
const project = (name: string) => ({
  extends: true as const,
  test: { name, root: `packages/${name}`, include: ["test/**/*.test.ts"], exclude: ["test/browser/**"] },
});

/** The parts of the contract suite that the choice of a backend leads elsewhere; test/operations.test.ts has every backend anyway. */
const contractOnWasm = {
  test: {
    name: "contract on wasm",
    root: "packages/contract",
    include: ["environment", "fixtures", "promises", "processes", "hostile/*"].map((name) => `test/${name}.test.ts`),
    testTimeout: 120_000,
    env: { SIG_BACKEND: "wasm" },
  },
};
// Absent where WebAssembly could not be compiled or there is no Chromium, which the contract suite reports as skipped.
const pages = ["contract/vitest.browser.config.ts", "contract/vitest.isolated.config.ts", "webgl/vitest.browser.config.ts"];
const chromium = findChromium() ? pages.map((config) => `packages/${config}`) : [];
const wasm = existsSync(`${packages}wasm/dist/index.js`) ? [project("wasm"), contractOnWasm, ...chromium] : [];
// The emulated device is built for Linux and macOS.
const cuda = existsSync(`${packages}cuda/build/emulated/sig_cuda.node`) ? [project("cuda")] : [];

export default defineConfig({
  resolve: { alias },
  test: {
    testTimeout: 30_000,
    projects: [...["core", "cpu", "webgl", "api"].map(project), "packages/contract", ...wasm, ...cuda],
  },
});
